{{ config(materialized='table') }}
with keys as (
    select *
    from {{ ref('customer_key') }}
),

business as (
    select
        keys.customer_id,
        keys.value as business_id
    from keys
    where keys.rule = 'business_id'
),

in_source as (
    select
        keys.rule,
        keys.value,
        keys.source,
        count(*) as customers_n
    from keys
    group by keys.rule, keys.value, keys.source
),

shared as (
    select
        keys.rule,
        keys.value
    from keys
    group by keys.rule, keys.value
    having count(distinct keys.source) > 1 and count(distinct keys.customer_id) > 1
),

repeated as (
    select
        in_source.rule,
        in_source.value,
        max(in_source.customers_n) as most_n
    from in_source
    group by in_source.rule, in_source.value
),

companies as (
    select
        keys.rule,
        keys.value,
        count(distinct business.business_id) as business_ids_n
    from keys
    inner join business on keys.customer_id = business.customer_id
    group by keys.rule, keys.value
),

final as (
    select
        shared.rule,
        shared.value,
        repeated.most_n > 1 or coalesce(companies.business_ids_n, 0) > 1 as is_ambiguous
    from shared
    inner join repeated on shared.rule = repeated.rule and shared.value = repeated.value
    left join companies on shared.rule = companies.rule and shared.value = companies.value
)

select *
from final
