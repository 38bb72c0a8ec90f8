with

revenue as (
    select
        fct_customer_revenue.customer_id,
        fct_customer_revenue.month_index,
        {{ sum_money('fct_customer_revenue.net_eur') }} as net_eur,
    from {{ ref('fct_customer_revenue') }} as fct_customer_revenue
    where fct_customer_revenue.month_index < {{ month_index_of(as_of()) }}
    group by fct_customer_revenue.customer_id, fct_customer_revenue.month_index
),

-- The month against the same month of the year before, and twelve months against twelve.
windows as (
    select
        names.period_grain,
        names.months_n,
    from (values ('month', 1), ('rolling_12m', 12)) as names (period_grain, months_n)
),

preceded as (
    select
        revenue.customer_id,
        revenue.month_index,
        lag(revenue.month_index) over (
            partition by revenue.customer_id order by revenue.month_index nulls last
        ) as previous_index,
    from revenue
    where revenue.net_eur <> 0
),

numbered as (
    select
        windows.period_grain,
        windows.months_n,
        preceded.customer_id,
        preceded.month_index,
        sum(
            case
                when preceded.month_index - preceded.previous_index <= windows.months_n then 0
                else 1
            end
        ) over (
            partition by windows.period_grain, preceded.customer_id
            order by preceded.month_index nulls last
            rows between unbounded preceding and current row
        ) as activity_no,
    from preceded
    cross join windows
),

final as (
    select
        numbered.period_grain,
        numbered.months_n,
        numbered.customer_id,
        min(numbered.month_index) as from_index,
        max(numbered.month_index) + numbered.months_n - 1 as until_index,
    from numbered
    group by
        numbered.period_grain, numbered.months_n, numbered.customer_id, numbered.activity_no
)

select * from final
