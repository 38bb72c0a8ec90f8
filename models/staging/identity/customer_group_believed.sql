with customer as (
    select
        customer_id,
        source,
        max(case when rule = 'business_id' then value end) as business_id
    from {{ ref('customer_key') }}
    group by customer_id, source
),

in_source as (
    select
        grouped.level,
        grouped.group_id,
        customer.source,
        count(*) as customers_n
    from {{ ref('customer_group') }} as grouped
    inner join customer on grouped.customer_id = customer.customer_id
    group by grouped.level, grouped.group_id, customer.source
),

companies as (
    select
        grouped.level,
        grouped.group_id,
        count(distinct customer.business_id) as business_ids_n
    from {{ ref('customer_group') }} as grouped
    inner join customer on grouped.customer_id = customer.customer_id
    group by grouped.level, grouped.group_id
),

final as (
    select
        in_source.level,
        in_source.group_id
    from in_source
    inner join companies
        on in_source.level = companies.level and in_source.group_id = companies.group_id
    group by in_source.level, in_source.group_id
    having max(in_source.customers_n) = 1 and max(companies.business_ids_n) <= 1
)

select *
from final
