with

bases as (
    select * from {{ ref('growth_base') }}
),

-- A month's revenue belongs to every period of months_n months that it lies in, and a year later to
-- what these periods are compared with.
parts as (
    select
        'this_year' as part,
        bases.*,
        bases.month_index as first_end,
        bases.month_index + bases.months_n - 1 as last_end,
    from bases
    where bases.month_index between bases.from_index and bases.until_index - bases.months_n + 1
    union all
    select
        'last_year' as part,
        bases.*,
        bases.month_index + 12 as first_end,
        bases.month_index + 12 + bases.months_n - 1 as last_end,
    from bases
    where bases.month_index between bases.from_index and bases.until_index - bases.months_n + 1
    union all
    select
        'this_year_of_last_years' as part,
        bases.*,
        greatest(bases.month_index, bases.from_index + 12) as first_end,
        least(bases.month_index + bases.months_n - 1, bases.until_index + 12) as last_end,
    from bases
    where bases.month_index is not null
    union all
    select
        'last_year_of_this_years' as part,
        bases.*,
        greatest(bases.month_index + 12, bases.from_index) as first_end,
        least(bases.month_index + 12 + bases.months_n - 1, bases.until_index) as last_end,
    from bases
    where bases.month_index is not null
    union all
    select
        'customers' as part,
        bases.*,
        bases.from_index as first_end,
        bases.until_index as last_end,
    from bases
    where bases.customers_n is not null
    union all
    select
        'customers_of_last_year' as part,
        bases.*,
        bases.from_index + 12 as first_end,
        bases.until_index + 12 as last_end,
    from bases
    where bases.customers_n is not null
),

by_month as (
    select
        parts.*,
        coalesce(parts.net_eur, parts.customers_n) as amount,
        {{ each_integer('parts.first_end', 'parts.last_end + 1') }} as last_index,
    from parts
    where parts.first_end <= parts.last_end
),

final as (
    select
        by_month.period_grain,
        by_month.last_index,
        {{ single_cut(customer_dimensions(), 'by_month') }},
        {{ sum_part('by_month', 'this_year') }} as this_year_eur,
        {{ sum_part('by_month', 'last_year') }} as last_year_eur,
        {{ sum_part('by_month', 'this_year_of_last_years') }} as this_year_of_last_years_eur,
        {{ sum_part('by_month', 'last_year_of_this_years') }} as last_year_of_this_years_eur,
        {{ sum_part('by_month', 'this_year', 'by_month.is_referred') }} as referred_eur,
        {{ sum_part('by_month', 'this_year_of_last_years', 'by_month.is_referred') }}
            as referred_of_last_years_eur,
        cast({{ sum_part('by_month', 'customers') }} as bigint) as customers_n,
        cast({{ sum_part('by_month', 'customers_of_last_year') }} as bigint)
            as customers_of_last_year_n,
    from by_month
    where by_month.last_index < {{ month_index_of(as_of()) }}
    {{ by_single_cut(['period_grain', 'last_index'], customer_dimensions(), 'by_month') }}
)

select * from final
