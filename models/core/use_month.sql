with

days as (
    select * from {{ ref('fct_activity_day') }}
    where qualifying_n > 0
),

actives as (
    select
        month_no,
        {{ single_cut(['service', 'platform']) }},
        count(distinct user_id) as users_n,
        count(distinct customer_id) as accounts_n
    from days
    {{ by_single_cut(['month_no'], ['service', 'platform']) }}
),

daily as (
    select
        month_no,
        day,
        {{ single_cut(['service', 'platform']) }},
        count(distinct user_id) as users_n
    from days
    {{ by_single_cut(['month_no', 'day'], ['service', 'platform']) }}
),

user_days as (
    select
        month_no,
        dim_name,
        dim_value,
        sum(users_n) as user_days_n
    from daily
    group by month_no, dim_name, dim_value
),

-- A user of two services is one user: cells of one month do not add up.
final as (
    select
        actives.month_no,
        actives.dim_name,
        actives.dim_value,
        actives.users_n,
        actives.accounts_n,
        cast(user_days.user_days_n as bigint) as user_days_n,
        {{ days_between(month_start('actives.month_no'), month_start('actives.month_no + 1')) }}
            as days_n
    from actives
    inner join user_days
        on
            actives.month_no = user_days.month_no
            and actives.dim_name = user_days.dim_name
            and actives.dim_value = user_days.dim_value
)

select * from final
