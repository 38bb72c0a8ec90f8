{{ unfolding('discounts', 'stripe') }}
with subscription as (
    select *
    from {{ touched_objects(source('raw_stripe', 'subscriptions')) }}
),

invoice as (
    select *
    from {{ touched_objects(source('raw_stripe', 'invoices')) }}
),

line as (
    select *
    from {{ ref('stripe_invoice_line') }}
),

coupon as (
    select *
    from {{ objects(source('raw_stripe', 'coupons')) }}
),

on_line as (
    select
        line.invoice_id || '/' || cast(line.line_no as varchar) as scope_id,
        line.line_id,
        line.load_id,
        line.row_no,
        line.extracted_at,
        {{ each_json_item('line.payload', 'discounts') }}
    from line
),

discount as (
    select
        on_subscription.discount_id,
        on_subscription.scope,
        on_subscription.scope_id,
        on_subscription.payload,
        on_subscription.removed_at,
        'stripe/subscriptions' as file,
        subscription.load_id,
        subscription.row_no,
        subscription.extracted_at
    from {{ ref('stripe_subscription_discount') }} as on_subscription
    inner join subscription on on_subscription.subscription_id = subscription.id
    union all
    select
        on_invoice.discount_id,
        'invoice' as scope,
        on_invoice.invoice_id as scope_id,
        on_invoice.payload,
        cast(null as timestamptz) as removed_at,
        'stripe/invoices' as file,
        invoice.load_id,
        invoice.row_no,
        invoice.extracted_at
    from {{ ref('stripe_invoice_discount') }} as on_invoice
    inner join invoice on on_invoice.invoice_id = invoice.id
    union all
    select
        {{ json_text('on_line.item', 'id') }} as discount_id,
        'line' as scope,
        on_line.scope_id,
        on_line.item as payload,
        cast(null as timestamptz) as removed_at,
        'stripe/invoices' as file,
        on_line.load_id,
        on_line.row_no,
        on_line.extracted_at
    from on_line
    where
        {{ json_text('on_line.item', 'subscription') }} is null
        and {{ json_text('on_line.item', 'subscription_item') }} is null
),

final as (
    select
        discount.discount_id,
        discount.scope,
        discount.scope_id,
        coalesce({{ json_text('coupon.payload', 'name') }}, coupon.id) as coupon,
        case
            when {{ json_text('coupon.payload', 'percent_off') }} is not null then 'percent'
            when {{ json_text('coupon.payload', 'amount_off') }} is not null then 'amount'
        end as kind,
        coalesce(
            {{ json_decimal('coupon.payload', 'percent_off') }},
            {{ stripe_amount(
                json_text('coupon.payload', 'amount_off'),
                json_text('coupon.payload', 'currency'),
            ) }}
        ) as value,
        {{ json_text('coupon.payload', 'currency') }} as currency,
        {{ json_text('coupon.payload', 'duration') }} as duration,
        {{ stripe_instant('discount.payload', 'start') }} as starts_at,
        coalesce({{ stripe_instant('discount.payload', 'end') }}, discount.removed_at) as ends_at,
        discount.load_id,
        discount.row_no * 1000000
        + row_number() over (
            partition by discount.load_id, discount.row_no order by discount.discount_id nulls last
        ) as row_no,
        discount.file,
        discount.extracted_at as loaded_at
    from discount
    left join coupon on {{ json_text('discount.payload', 'source.coupon') }} = coupon.id
    where {{ is_unfolded_now('discount.load_id') }}
)

select *
from final
