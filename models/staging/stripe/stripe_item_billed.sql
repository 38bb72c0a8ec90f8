with touched as (
    select
        subscription_id,
        seen_at as first_seen_at,
        payload
    from {{ ref('stripe_subscription_seen') }}
    where seen_no = 1
),

line as (
    select billed.*
    from {{ ref('stripe_billed_line') }} as billed
    inner join touched on billed.subscription_id = touched.subscription_id
    where billed.billed_from < touched.first_seen_at
),

newest as (
    select
        line.invoice_id,
        max(line.load_id) as load_id
    from line
    group by line.invoice_id
),

current_line as (
    select line.*
    from line
    inner join newest
        on line.invoice_id = newest.invoice_id and line.load_id = newest.load_id
),

standing as (
    select
        touched.subscription_id,
        {{ each_json_item('touched.payload', 'items.data') }}
    from touched
),

-- A proration need not name its item; then its price does.
named as (
    select
        current_line.subscription_id,
        current_line.stripe_price_id,
        current_line.item_id
    from current_line
    union all
    select
        standing.subscription_id,
        {{ json_text('standing.item', 'price.id') }} as stripe_price_id,
        {{ json_text('standing.item', 'id') }} as item_id
    from standing
),

item_of_price as (
    select
        named.subscription_id,
        named.stripe_price_id,
        min(named.item_id) as item_id
    from named
    group by named.subscription_id, named.stripe_price_id
),

-- A graduated price is billed in a line for each of its tiers.
final as (
    select
        current_line.subscription_id,
        coalesce(current_line.item_id, item_of_price.item_id) as item_id,
        current_line.stripe_price_id,
        current_line.invoice_id,
        current_line.is_void,
        current_line.is_proration,
        current_line.is_taken_back,
        current_line.billed_from,
        current_line.billed_to,
        min(current_line.line_no) as line_no,
        cast(sum(current_line.quantity) as decimal(18, 6)) as quantity,
        case when count(*) = 1 then min(current_line.unit_amount_decimal) end
            as unit_amount_decimal,
        min(current_line.currency) as currency,
        min(current_line.permanent_discount_rate) as permanent_discount_rate,
        min(current_line.permanent_discount_amount) as permanent_discount_amount
    from current_line
    left join item_of_price
        on
            current_line.subscription_id = item_of_price.subscription_id
            and current_line.stripe_price_id = item_of_price.stripe_price_id
    where coalesce(current_line.item_id, item_of_price.item_id) is not null
    group by
        current_line.subscription_id,
        coalesce(current_line.item_id, item_of_price.item_id),
        current_line.stripe_price_id,
        current_line.invoice_id,
        current_line.is_void,
        current_line.is_proration,
        current_line.is_taken_back,
        current_line.billed_from,
        current_line.billed_to
)

select *
from final
