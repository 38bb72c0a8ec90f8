with

customers as (
    select * from {{ ref('customer_dimension_month') }}
),

services as (
    select * from {{ ref('service_dimension_month') }}
),

parts as (
    select * from {{ ref('service_part_month') }}
),

metrics as (
    select
        names.metric_id,
        names.is_ratio,
    from (
        values
        ('mrr_eur', false),
        ('arr_eur', false),
        ('mrr_new', false),
        ('mrr_expansion', false),
        ('mrr_contraction', false),
        ('mrr_churn', false),
        ('mrr_reactivation', false),
        ('mrr_fx', false),
        ('grr', true),
        ('nrr', true),
        ('gross_mrr_churn_rate', true),
        ('net_mrr_churn_rate', true),
        ('arpa_eur', true),
        ('quick_ratio', true)
    ) as names (metric_id, is_ratio)
),

balances as (
    select
        'all' as told,
        customers.month,
        customers.dim_name,
        customers.dim_value,
        customers.opening_mrr_eur,
        customers.new_eur,
        customers.expansion_eur,
        customers.contraction_eur,
        customers.churn_eur,
        customers.reactivation_eur,
        customers.fx_eur,
        customers.closing_mrr_eur,
        customers.opening_n,
        customers.closing_n,
    from customers
    union all
    -- A service's part of what its customers did, as in marts.mrr_movement, and likewise a plan's
    -- and a branch's: parts add up.
    select
        'movements' as told,
        services.*,
        parts.opening_n,
        parts.closing_n,
    from services
    left join parts
        on
            services.month = parts.month
            and services.dim_name = parts.dim_name
            and services.dim_value = parts.dim_value
    union all
    -- What happened to the service itself: ratios, which are never added.
    select
        case when parts.dim_name = 'branch' then 'ratios and balances' else 'ratios' end as told,
        parts.month,
        parts.dim_name,
        parts.dim_value,
        parts.opening_mrr_eur,
        parts.new_eur,
        parts.expansion_eur,
        parts.contraction_eur,
        parts.churn_eur,
        parts.reactivation_eur,
        null as fx_eur,
        parts.closing_mrr_eur,
        parts.opening_n,
        parts.closing_n,
    from parts
),

valued as (
    select
        metrics.metric_id,
        metrics.is_ratio,
        balances.month,
        balances.dim_name,
        balances.dim_value,
        case metrics.metric_id
            when 'mrr_eur' then balances.closing_mrr_eur
            when 'arr_eur' then 12 * balances.closing_mrr_eur
            when 'mrr_new' then balances.new_eur
            when 'mrr_expansion' then balances.expansion_eur
            when 'mrr_contraction' then balances.contraction_eur
            when 'mrr_churn' then balances.churn_eur
            when 'mrr_reactivation' then balances.reactivation_eur
            when 'mrr_fx' then balances.fx_eur
            when 'grr'
                then balances.opening_mrr_eur - balances.contraction_eur - balances.churn_eur
            when 'nrr'
                then
                    balances.opening_mrr_eur
                    + balances.expansion_eur
                    - balances.contraction_eur
                    - balances.churn_eur
            when 'gross_mrr_churn_rate' then balances.contraction_eur + balances.churn_eur
            when 'net_mrr_churn_rate'
                then balances.contraction_eur + balances.churn_eur - balances.expansion_eur
            when 'arpa_eur' then balances.closing_mrr_eur
            when 'quick_ratio'
                then balances.new_eur + balances.reactivation_eur + balances.expansion_eur
        end as numerator,
        case metrics.metric_id
            when 'arpa_eur' then balances.closing_n
            when 'quick_ratio' then balances.contraction_eur + balances.churn_eur
            else balances.opening_mrr_eur
        end as denominator,
        case
            when metrics.metric_id in ('mrr_eur', 'arr_eur', 'arpa_eur') then balances.closing_n
            else greatest(balances.opening_n, balances.closing_n)
        end as n,
    from balances
    cross join metrics
    where
        balances.told = 'all'
        or (
            balances.told = 'movements'
            and not metrics.is_ratio
            and (balances.dim_name <> 'branch' or metrics.metric_id not in ('mrr_eur', 'arr_eur'))
        )
        or (balances.told like 'ratios%' and metrics.is_ratio)
        or (
            balances.told = 'ratios and balances' and metrics.metric_id in ('mrr_eur', 'arr_eur')
        )
),

final as (
    {{ metric_family('valued') }}
)

select * from final
