with

balances as (
    select * from {{ ref('fct_subscription_month') }}
),

parts as (
    select * from {{ ref('service_part_month') }}
),

ended as (
    select * from balances
    where balances.opening_mrr_eur > 0 and balances.closing_mrr_eur = 0
),

-- Another plan or subscription of the same service goes on: nobody left it.
exits as (
    select ended.*
    from ended
    left join balances
        on
            ended.customer_id = balances.customer_id
            and ended.month = balances.month
            and ended.service = balances.service
            and balances.closing_mrr_eur > 0
    where balances.customer_id is null
),

cells as (
    select
        exits.month,
        {{ single_cut(subscription_dimensions(), 'exits') }},
        count(distinct exits.customer_id || '|' || exits.service) as exits_n,
    from exits
    {{ by_single_cut(['month'], subscription_dimensions(), 'exits', has_total=false) }}
),

dense as (
    select
        parts.month,
        parts.dim_name,
        parts.dim_value,
        coalesce(cells.exits_n, 0) as exits_n,
        parts.opening_n,
    from parts
    left join cells
        on
            parts.month = cells.month
            and parts.dim_name = cells.dim_name
            and parts.dim_value = cells.dim_value
),

-- Who leaves two services leaves twice, also for the company as a whole.
final as (
    select
        dense.month,
        'all' as dim_name,
        'all' as dim_value,
        cast(sum(dense.exits_n) as bigint) as exits_n,
        cast(sum(dense.opening_n) as bigint) as opening_n,
    from dense
    where dense.dim_name = 'service'
    group by dense.month
    union all
    select * from dense
)

select * from final
