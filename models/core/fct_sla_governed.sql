{{ config(materialized='view') }}

with

final as (
    select
        obligations.*,
        targets.policy_channel,
        targets.policy_priority,
        targets.target_s,
        targets.clock,
        targets.pauses_new,
        targets.pauses_open,
        targets.pauses_pending,
        targets.pauses_hold,
        targets.pauses_solved,
        coalesce(obligations.finished_at, obligations.dropped_at) as stopped_at,
        coalesce(obligations.finished_at, obligations.dropped_at, {{ as_of() }}) as until_at
    from {{ ref('fct_sla_obligation') }} as obligations
    inner join {{ ref('dim_sla_target') }} as targets
        on
            obligations.channel = targets.channel
            and {{ unknown_if_null('obligations.priority') }} = targets.priority
            and obligations.metric = targets.metric
            and {{ is_valid_at('targets', 'obligations.started_at') }}
)

select * from final
