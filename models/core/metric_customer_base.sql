with

customers as (
    select * from {{ ref('customer_dimension_month') }}
),

services as (
    select * from {{ ref('service_part_month') }}
),

exits as (
    select * from {{ ref('service_exit_month') }}
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

-- Of a service, who has it is counted, and who leaves it has left (R16).
months as (
    select
        customers.month,
        customers.dim_name,
        customers.dim_value,
        customers.opening_n,
        customers.new_n,
        customers.reactivated_n,
        customers.expanded_n,
        customers.contracted_n,
        customers.churned_n,
        customers.closing_n,
        customers.intramonth_churned_n,
    from customers
    union all
    select
        services.month,
        services.dim_name,
        services.dim_value,
        services.opening_n,
        services.new_n,
        services.reactivated_n,
        services.expanded_n,
        services.contracted_n,
        services.churned_n,
        services.closing_n,
        null as intramonth_churned_n,
    from services
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
    where
        months.intramonth_churned_n is not null
        or metrics.metric_id <> 'intramonth_churned_customers'
    union all
    select
        'service_exits' as metric_id,
        false as is_ratio,
        exits.month,
        exits.dim_name,
        exits.dim_value,
        exits.exits_n as numerator,
        exits.opening_n as denominator,
        exits.opening_n as n,
    from exits
),

final as (
    {{ metric_family('valued') }}
)

select * from final
