{{ config(materialized='view') }}

with

spans as (
    select * from {{ ref('subscription_span') }}
),

states as (
    select * from {{ ref('subscription_states') }}
),

succeeded as (
    select
        states.subscription_id,
        states.status as state,
        states.valid_from,
        states.valid_to,
        lead(states.valid_from) over (
            partition by states.subscription_id order by states.valid_from nulls last
        ) as next_valid_from,
    from states
),

-- States decide; only a last one left open ends with its subscription.
told as (
    select
        succeeded.subscription_id,
        succeeded.state,
        succeeded.valid_from,
        least(
            succeeded.valid_to,
            succeeded.next_valid_from,
            case
                when
                    succeeded.valid_to is null
                    and succeeded.next_valid_from is null
                    and spans.ended_at > succeeded.valid_from
                    then spans.ended_at
            end,
            spans.deleted_at
        ) as valid_to,
    from succeeded
    inner join spans on succeeded.subscription_id = spans.subscription_id
),

assumed as (
    select
        spans.subscription_id,
        'active' as state,
        spans.started_at as valid_from,
        least(spans.ended_at, spans.deleted_at) as valid_to,
    from spans
    where not spans.has_states
),

united as (
    select * from told
    union all
    select * from assumed
),

final as (
    select * from united
    where united.valid_to is null or united.valid_to > united.valid_from
)

select * from final
