with

customers as (
    select * from {{ ref('customer_dimension_month') }}
    where dim_name in ('all', 'acquisition_source')
),

costs as (
    select * from {{ ref('fct_cost_month') }}
),

-- What a channel costs is compared with the customers whose source it is.
spent as (
    select
        costs.month,
        case when grouping(costs.channel) = 0 then 'acquisition_source' else 'all' end as dim_name,
        coalesce(costs.channel, 'all') as dim_value,
        cast(
            sum(
                case
                    when costs.cost_type in ('acquisition', 'referral_reward') then costs.cost_eur
                end
            ) as decimal(18, 6)
        ) as acquisition_eur,
        cast(
            sum(case when costs.cost_type = 'retention' then costs.cost_eur end) as decimal(18, 6)
        ) as retention_eur,
    from costs
    group by grouping sets ((costs.month), (costs.month, costs.channel))
),

-- A month whose costs nobody delivered was not free.
measured as (
    select
        customers.*,
        spent.acquisition_eur,
        spent.retention_eur,
        {{ exact_quotient('spent.acquisition_eur', 'customers.new_n') }} as cac_eur,
        {{ exact_quotient('spent.retention_eur', 'customers.opening_n') }}
            as retention_cost_eur,
        {{ exact_quotient('customers.new_margin_eur', 'customers.new_margin_n') }}
            as new_margin_per_customer_eur,
    from customers
    left join spent
        on
            customers.month = spent.month
            and customers.dim_name = spent.dim_name
            and customers.dim_value = spent.dim_value
),

metrics as (
    select names.metric_id
    from (
        values
        ('cac_eur'),
        ('retention_cost_eur'),
        ('acquisition_to_retention_cost_ratio'),
        ('payback_months')
    ) as names (metric_id)
),

valued as (
    select
        metrics.metric_id,
        true as is_ratio,
        measured.month,
        measured.dim_name,
        measured.dim_value,
        case metrics.metric_id
            when 'cac_eur' then measured.acquisition_eur
            when 'retention_cost_eur' then measured.retention_eur
            else measured.cac_eur
        end as numerator,
        case metrics.metric_id
            when 'cac_eur' then measured.new_n
            when 'retention_cost_eur' then measured.opening_n
            when 'acquisition_to_retention_cost_ratio' then measured.retention_cost_eur
            when 'payback_months' then measured.new_margin_per_customer_eur
        end as denominator,
        case
            when metrics.metric_id = 'retention_cost_eur' then measured.opening_n
            else measured.new_n
        end as n,
    from measured
    cross join metrics
    -- Customers are kept by nobody's channel, and what names no channel wins nobody in particular.
    where
        measured.dim_name = 'all'
        or (metrics.metric_id in ('cac_eur', 'payback_months') and measured.dim_value <> 'unknown')
),

final as (
    {{ metric_family('valued') }}
)

select * from final
