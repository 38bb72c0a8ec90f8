-- depends_on: {{ ref('changed_customer') }}
with

deals as (
    select * from {{ ref('deals') }}
),

deal_lines as (
    select * from {{ ref('deal_lines') }}
),

-- Only a billing source that delivered no price list at all borrows the CRM's list prices.
sources_without_list as (
    select distinct invoices.source
    from {{ ref('invoices') }} as invoices
    where invoices.source not in (select prices.source from {{ ref('prices') }} as prices)
),

won as (
    select
        deals.deal_id,
        deals.customer_id,
        coalesce(
            {{ local_date('coalesce(deals.closed_at, deals.created_at)') }}, date '0001-01-01'
        ) as sold_on,
        deals.currency,
    from deals
    where
        deals.is_won
        and deals.customer_id is not null
        and (deals.closed_at is null or deals.closed_at <= {{ as_of() }})
),

sold as (
    select
        won.*,
        deal_lines.line_no,
        deal_lines.list_unit_price,
        coalesce(deal_lines.currency, won.currency) as line_currency,
        deal_lines.price_id,
        deal_lines.product_id,
    from won
    inner join deal_lines on won.deal_id = deal_lines.deal_id
    where deal_lines.list_unit_price is not null
),

-- An invoice names what it sells by price or, without one, by plan; a deal by price or product.
named as (
    select
        sold.*,
        sold.price_id as sold_as,
        0 as name_rank,
    from sold
    where sold.price_id is not null
    union all
    select
        sold.*,
        sold.product_id as sold_as,
        1 as name_rank,
    from sold
    where sold.product_id is not null
),

daily as (
    select *
    from named
    qualify row_number() over (
        partition by named.customer_id, named.sold_as, named.line_currency, named.sold_on
        order by
            named.name_rank nulls last,
            named.deal_id desc nulls last,
            named.line_no nulls last
    ) = 1
),

-- The first known version is valid from the beginning of time, as with price lists.
final as (
    select
        sources_without_list.source,
        daily.deal_id,
        daily.customer_id,
        daily.sold_as,
        daily.line_currency as currency,
        case
            when row_number() over (
                partition by
                    sources_without_list.source,
                    daily.customer_id,
                    daily.sold_as,
                    daily.line_currency
                order by daily.sold_on nulls last
            ) = 1 then date '0001-01-01'
            else daily.sold_on
        end as valid_from_on,
        coalesce(
            lead(daily.sold_on) over (
                partition by
                    sources_without_list.source,
                    daily.customer_id,
                    daily.sold_as,
                    daily.line_currency
                order by daily.sold_on nulls last
            ),
            date '9999-12-31'
        ) as valid_to_on,
        daily.list_unit_price,
    from daily
    cross join sources_without_list
)

select * from final
