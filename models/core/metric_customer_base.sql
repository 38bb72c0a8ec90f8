with

months as (
    select * from {{ ref('customer_dimension_month') }}
),

metrics as (
    select
        names.metric_id,
        names.is_ratio,
    from (
        values
        ('customers_opening', false),
        ('customers_new', false),
        ('customers_reactivated', false),
        ('customers_closing', false),
        ('customers_expanded', false),
        ('customers_contracted', false),
        ('intramonth_churned_customers', false),
        ('crr', true),
        ('churn_rate', true)
    ) as names (metric_id, is_ratio)
),

valued as (
    select
        metrics.metric_id,
        metrics.is_ratio,
        months.month,
        months.dim_name,
        months.dim_value,
        case metrics.metric_id
            when 'customers_opening' then months.opening_n
            when 'customers_new' then months.new_n
            when 'customers_reactivated' then months.reactivated_n
            when 'customers_closing' then months.closing_n
            when 'customers_expanded' then months.expanded_n
            when 'customers_contracted' then months.contracted_n
            when 'intramonth_churned_customers' then months.intramonth_churned_n
            when 'crr' then months.closing_n - months.new_n - months.reactivated_n
            when 'churn_rate' then months.churned_n
        end as numerator,
        months.opening_n as denominator,
        case
            when metrics.is_ratio then months.opening_n
            else greatest(months.opening_n, months.closing_n)
        end as n,
    from months
    cross join metrics
),

final as (
    {{ metric_family('valued') }}
)

select * from final
