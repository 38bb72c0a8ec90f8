{{ config(materialized='view') }}

with

periods as (
    select * from {{ ref('fct_paid_period') }}
),

starts as (
    select * from {{ ref('fct_customer_start') }}
),

last_closed as (
    select {{ month_index_of(as_of()) }} - 1 as month_index
),

-- A balance before paying_from does not count; one at a later edge than the last closed month is
-- not known yet.
dated as (
    select
        periods.customer_id,
        periods.subscription_id,
        periods.plan,
        periods.currency,
        periods.service,
        periods.branch,
        starts.paying_month,
        last_closed.month_index as last_closed_month,
        greatest(periods.from_month, starts.paying_month) as opens_in,
        least(periods.to_month, last_closed.month_index + 1) as closes_in,
        periods.quantity,
        periods.list_mrr,
        periods.mrr,
        periods.load_id,
    from periods
    inner join starts on periods.customer_id = starts.customer_id
    cross join last_closed
    where {{ is_rebuilt('periods.customer_id', ref('changed_customer')) }}
),

several as (
    select
        dated.subscription_id,
        dated.plan,
        dated.currency,
    from dated
    where dated.opens_in < dated.closes_in
    group by dated.subscription_id, dated.plan, dated.currency
    having count(*) > 1
),

ordered as (
    select
        dated.*,
        max(dated.closes_in) over (
            balance rows between unbounded preceding and 1 preceding
        ) as covered_until,
        lag(dated.closes_in) over balance as previous_closes_in,
        lag(dated.mrr) over balance as previous_mrr,
        lag(dated.list_mrr) over balance as previous_list_mrr,
        lag(dated.quantity) over balance as previous_quantity,
    from dated
    inner join several
        on
            dated.subscription_id = several.subscription_id
            and dated.plan = several.plan
            and dated.currency = several.currency
    where dated.opens_in < dated.closes_in
    window balance as (
        partition by dated.subscription_id, dated.plan, dated.currency
        order by dated.opens_in nulls last, dated.closes_in nulls last
    )
),

-- What goes on in the month in which it stopped, and as it was, was never away at an edge.
compared as (
    select
        ordered.*,
        case when ordered.opens_in <= ordered.covered_until then 0 else 1 end as is_apart,
        case
            when
                ordered.opens_in = ordered.covered_until
                and ordered.opens_in = ordered.previous_closes_in
                and ordered.mrr = ordered.previous_mrr
                and ordered.list_mrr = ordered.previous_list_mrr
                and ordered.quantity = ordered.previous_quantity
                then 0
            else 1
        end as is_other,
    from ordered
),

numbered as (
    select
        compared.*,
        sum(compared.is_apart) over (
            partition by compared.subscription_id, compared.plan, compared.currency
            order by compared.opens_in nulls last, compared.closes_in nulls last
        ) as run_no,
    from compared
),

runs as (
    select
        numbered.subscription_id,
        numbered.plan,
        numbered.currency,
        numbered.run_no,
        min(numbered.opens_in) as first_opens_in,
        max(numbered.closes_in) as last_closes_in,
        max(numbered.load_id) as last_load_id,
    from numbered
    group by numbered.subscription_id, numbered.plan, numbered.currency, numbered.run_no
    having sum(numbered.is_other) = 1
),

final as (
    select
        dated.*,
        false as is_shared,
    from dated
    left join several
        on
            dated.subscription_id = several.subscription_id
            and dated.plan = several.plan
            and dated.currency = several.currency
    where several.subscription_id is null or dated.opens_in >= dated.closes_in
    union all
    select
        numbered.customer_id,
        numbered.subscription_id,
        numbered.plan,
        numbered.currency,
        numbered.service,
        numbered.branch,
        numbered.paying_month,
        numbered.last_closed_month,
        numbered.opens_in,
        coalesce(runs.last_closes_in, numbered.closes_in) as closes_in,
        numbered.quantity,
        numbered.list_mrr,
        numbered.mrr,
        coalesce(runs.last_load_id, numbered.load_id) as load_id,
        runs.run_no is null as is_shared,
    from numbered
    left join runs
        on
            numbered.subscription_id = runs.subscription_id
            and numbered.plan = runs.plan
            and numbered.currency = runs.currency
            and numbered.run_no = runs.run_no
    where runs.run_no is null or numbered.opens_in = runs.first_opens_in
)

select * from final
