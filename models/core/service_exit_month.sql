with

ended as (
    select * from {{ ref('balance_end') }}
),

spans as (
    select * from {{ ref('balance_span') }}
),

parts as (
    select * from {{ ref('service_part_month') }}
),

-- Another plan or subscription of the same service goes on: nobody left it.
exits as (
    select ended.*
    from ended
    where
        not exists (
            select spans.customer_id
            from spans
            where
                spans.customer_id = ended.customer_id
                and spans.service = ended.service
                and spans.first_month <= ended.month_index
                and spans.last_month >= ended.month_index
                and (spans.last_month > ended.month_index or spans.last_closing_mrr > 0)
        )
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
