{{ config(materialized='view') }}

with

spans as (
    select * from {{ ref('subscription_span') }}
),

states as (
    select * from {{ ref('delivered_state') }}
),

-- States decide; only a last one left open ends with its subscription.
told as (
    select
        states.subscription_id,
        states.state,
        states.valid_from,
        least(
            states.valid_to,
            case
                when states.valid_to is null and spans.ended_at > states.valid_from
                    then spans.ended_at
            end,
            spans.deleted_at
        ) as valid_to,
    from states
    inner join spans on states.subscription_id = spans.subscription_id
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
