with

months as (
    select
        fct_customer_revenue.customer_id,
        fct_customer_revenue.month_index,
    from {{ ref('fct_customer_revenue') }} as fct_customer_revenue
    where fct_customer_revenue.month_index < {{ month_index_of(as_of()) }}
    group by fct_customer_revenue.customer_id, fct_customer_revenue.month_index
    having sum(fct_customer_revenue.net_eur) <> 0
),

-- The month against the same month of the year before, and twelve months against twelve.
windows as (
    select
        names.period_grain,
        names.months_n,
    from (values ('month', 1), ('rolling_12m', 12)) as names (period_grain, months_n)
),

lives as (
    select
        months.customer_id,
        min(months.month_index) as first_index,
        max(months.month_index) as last_index,
        count(*) as months_n,
    from months
    group by months.customer_id
),

-- Most customers are billed every month: only the others' months must be looked at one by one.
preceded as (
    select
        months.customer_id,
        months.month_index,
        lag(months.month_index) over (
            partition by months.customer_id order by months.month_index nulls last
        ) as previous_index,
    from months
    where
        months.customer_id in (
            select lives.customer_id
            from lives
            where lives.months_n < lives.last_index - lives.first_index + 1
        )
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
        windows.period_grain,
        windows.months_n,
        lives.customer_id,
        lives.first_index as from_index,
        lives.last_index + windows.months_n - 1 as until_index,
    from lives
    cross join windows
    where lives.months_n = lives.last_index - lives.first_index + 1
    union all
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
