{{ config(materialized='table', pre_hook="{{ keep_identities() }}") }}
with chosen as (
    select
        grouped.customer_id,
        max(grouped.level) as level,
        max_by(grouped.group_id, grouped.level) as group_id
    from {{ ref('customer_group') }} as grouped
    inner join {{ ref('customer_group_believed') }} as believed
        on grouped.level = believed.level and grouped.group_id = believed.group_id
    group by grouped.customer_id
),

-- An id that several sources deliver is one customer without anybody's help.
customer as (
    select
        customer_id,
        min(
            case source
                when 'hubspot' then '1'
                when 'files' then '2'
                when 'stripe' then '3'
                else '4'
            end
            || source
        ) as ranked_source
    from {{ ref('customer_key') }}
    group by customer_id
),

-- The rule that binds a record the most, and since when it has.
bond as (
    select
        keys.customer_id,
        min(
            case keys.rule when 'business_id' then '1' when 'email' then '2' else '3' end
            || keys.rule
        ) as best_rule,
        min(keys.known_at) as known_at
    from {{ ref('customer_key') }} as keys
    inner join {{ ref('customer_key_value') }} as known
        on keys.rule = known.rule and keys.value = known.value
    where not known.is_ambiguous
    group by keys.customer_id
),

final as (
    select
        substr(customer.ranked_source, 2) as source,
        customer.customer_id as source_customer_id,
        min_by(customer.customer_id, customer.ranked_source) over party as customer_id,
        substr(bond.best_rule, 2) as rule,
        max(bond.known_at) over party as since
    from chosen
    inner join customer on chosen.customer_id = customer.customer_id
    inner join bond on chosen.customer_id = bond.customer_id
    window party as (partition by chosen.level, chosen.group_id)
)

select *
from final
