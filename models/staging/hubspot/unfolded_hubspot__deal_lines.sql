{{ unfolding('deal_lines', 'hubspot') }}
with link as (
    select *
    from {{ ref('hubspot_deal_line') }}
),

item as (
    select *
    from {{ hubspot_objects(source('raw_hubspot', 'line_items')) }}
),

line as (
    select
        link.deal_id,
        link.line_id,
        not link.is_linked or item.is_deleted as is_gone,
        item.payload,
        case when item.load_id > link.load_id then item.load_id else link.load_id end as load_id,
        case
            when item.load_id > link.load_id then item.row_no * 1000000 + 1
            else link.row_no * 1000000 + link.place
        end as row_no,
        case
            when item.load_id > link.load_id then 'hubspot/line_items'
            else 'hubspot/associations_deals_line_items'
        end as file,
        case when item.load_id > link.load_id then item.extracted_at else link.extracted_at end
            as loaded_at
    from link
    inner join item on link.line_id = item.id
),

measured as (
    select
        line.*,
        {{ json_decimal('line.payload', 'properties.quantity') }} as quantity,
        {{ json_decimal('line.payload', 'properties.price') }} as unit_price,
        {{ hubspot_property('line.payload', 'recurringbillingfrequency') }} as frequency,
        {{ hubspot_property('line.payload', 'hs_recurring_billing_period') }} as term,
        {{ json_decimal('line.payload', 'properties.hs_total_discount') }} as total_discount,
        {{ json_decimal('line.payload', 'properties.hs_discount_percentage') }} as percentage,
        {{ json_decimal('line.payload', 'properties.discount') }} as unit_discount
    from line
    where {{ is_unfolded_now('line.load_id') }}
),

final as (
    select
        {{ hubspot_id('measured.deal_id') }} as deal_id,
        measured.line_id as line_no,
        coalesce(product.plan, {{ hubspot_property('measured.payload', 'name') }}) as product_id,
        product.price_id,
        case when measured.is_gone then 0 else measured.quantity end as quantity,
        case
            when not measured.is_gone
                then {{ hubspot_property('measured.payload', 'list_unit_price') }}
        end as list_unit_price,
        case when not measured.is_gone then measured.unit_price end as unit_price,
        case
            when not measured.is_gone
                then coalesce(
                    measured.total_discount,
                    cast(
                        measured.quantity * measured.unit_price * measured.percentage
                        * cast(0.01 as decimal(4, 2))
                        as decimal(18, 6)
                    ),
                    cast(measured.quantity * measured.unit_discount as decimal(18, 6))
                )
        end as discount_amount,
        {{ hubspot_property('measured.payload', 'hs_line_item_currency_code') }} as currency,
        case measured.frequency
            when 'quarterly' then 'quarter'
            when 'per_six_months' then 'half_year'
            else {{ hubspot_interval_unit('measured.frequency') }}
        end as billing_interval,
        coalesce(
            {{ json_decimal('measured.payload', 'properties.hs_term_in_months') }},
            case
                when measured.term like 'P%M'
                    then try_cast(translate(measured.term, 'PM', '') as decimal(18, 6))
                when measured.term like 'P%Y'
                    then 12 * try_cast(translate(measured.term, 'PY', '') as decimal(18, 6))
            end
        ) as term_months,
        measured.load_id,
        measured.row_no,
        measured.file,
        measured.loaded_at
    from measured
    left join {{ ref('hubspot_product') }} as product
        on {{ json_text('measured.payload', 'properties.hs_product_id') }} = product.product_id
)

select *
from final
