{{ config(materialized='table') }}
with recursive

member as (
    select
        keys.customer_id,
        keys.rule,
        keys.value
    from {{ ref('customer_key') }} as keys
    inner join {{ ref('customer_key_value') }} as known
        on keys.rule = known.rule and keys.value = known.value
    where not known.is_ambiguous
),

level as (
    select
        1 as level,
        'business_id' as rule
    union all
    select
        2 as level,
        'business_id' as rule
    union all
    select
        2 as level,
        'email' as rule
    union all
    select
        3 as level,
        'business_id' as rule
    union all
    select
        3 as level,
        'email' as rule
    union all
    select
        3 as level,
        'phone' as rule
),

pair as (
    select distinct
        level.level,
        one.customer_id,
        other.customer_id as other_id
    from level
    inner join member as one on level.rule = one.rule
    inner join member as other on one.rule = other.rule and one.value = other.value
),

reached as (
    select
        pair.level,
        pair.customer_id,
        pair.other_id
    from pair
    union
    select
        reached.level,
        reached.customer_id,
        pair.other_id
    from reached
    inner join pair on reached.level = pair.level and reached.other_id = pair.customer_id
),

final as (
    select
        reached.level,
        reached.customer_id,
        min(reached.other_id) as group_id
    from reached
    group by reached.level, reached.customer_id
)

select *
from final
