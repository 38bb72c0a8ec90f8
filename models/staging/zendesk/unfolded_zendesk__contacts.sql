{{ unfolding('contacts', 'zendesk') }}
with groups as (
    select *
    from {{ ref('zendesk_group') }}
),

call as (
    select
        *,
        {{ json_text('payload', 'completion_status') }} as ended_as,
        coalesce({{ json_integer('payload', 'talk_time') }} > 0, false) as was_talked,
        {{ json_text('payload', 'overflowed') }} = 'true'
        or {{ json_text('payload', 'exceeded_queue_wait_time') }} = 'true' as is_overflowed
    from {{ touched_objects(source('raw_zendesk', 'calls')) }}
),

phoned as (
    select
        {{ zendesk_id('call.id') }} as contact_id,
        {{ zendesk_id(json_text('call.payload', 'ticket_id')) }} as ticket_id,
        'phone' as channel,
        {{ json_text('call.payload', 'direction') }} as direction,
        groups.team as queue,
        groups.team,
        {{ zendesk_id(json_text('call.payload', 'agent_id')) }} as agent_id,
        {{ zendesk_id(json_text('call.payload', 'customer_id')) }} as person_id,
        {{ zendesk_instant('call.payload', 'created_at') }} as started_at,
        case
            when
                call.ended_as = 'completed'
                or (call.ended_as = 'abandoned_in_on_hold' and call.was_talked)
                then 'answered'
            when {{ json_text('call.payload', 'outside_business_hours') }} = 'true'
                then 'after_hours'
            when call.ended_as = 'not_answered' or call.is_overflowed then 'blocked'
            else 'abandoned'
        end as outcome,
        case
            when
                call.is_overflowed
                and call.ended_as not in ('completed', 'abandoned_in_on_hold')
                and {{ json_text('call.payload', 'outside_business_hours') }} <> 'true'
                then 'no_agents'
        end as block_cause,
        {{ json_integer('call.payload', 'wait_time') }} as queue_seconds,
        {{ json_integer('call.payload', 'talk_time') }} as talk_seconds,
        {{ json_integer('call.payload', 'hold_time') }} as hold_seconds,
        {{ json_integer('call.payload', 'wrap_up_time') }} as after_call_seconds,
        {{ unfolded_position('call', 'zendesk/calls') }}
    from call
    left join groups on {{ json_text('call.payload', 'call_group_id') }} = groups.group_no
),

engagement as (
    select
        *,
        {{ zendesk_instant('payload', 'engagement_start_time') }} as started_at,
        {{ zendesk_instant('payload', 'engagement_end_time') }} as ended_at,
        coalesce({{ json_integer('payload', 'offer_time_seconds') }}, 0)
        + {{ json_integer('payload', 'assignment_to_first_reply_time_seconds') }} as waited_s
    from {{ touched_objects(source('raw_zendesk', 'engagements')) }}
),

chatted as (
    select
        {{ zendesk_id('engagement.id') }} as contact_id,
        {{ zendesk_id(json_text('engagement.payload', 'ticket_id')) }} as ticket_id,
        'chat' as channel,
        'inbound' as direction,
        groups.team as queue,
        groups.team,
        {{ zendesk_id(json_text('engagement.payload', 'agent_id')) }} as agent_id,
        {{ zendesk_id(json_text('engagement.payload', 'requester_id')) }} as person_id,
        engagement.started_at,
        'answered' as outcome,
        cast(null as varchar) as block_cause,
        engagement.waited_s as queue_seconds,
        greatest(
            {{ elapsed_s('engagement.started_at', 'engagement.ended_at') }}
            - coalesce(engagement.waited_s, 0),
            0
        ) as talk_seconds,
        cast(null as bigint) as hold_seconds,
        cast(null as bigint) as after_call_seconds,
        {{ unfolded_position('engagement', 'zendesk/engagements') }}
    from engagement
    left join groups on {{ json_text('engagement.payload', 'group_id') }} = groups.group_no
),

met as (
    select *
    from phoned
    union all
    select *
    from chatted
),

final as (
    select
        met.*,
        cast(null as varchar) as topic,
        cast(null as varchar) as customer_id,
        cast(null as bigint) as handle_seconds,
        cast(null as boolean) as is_resolved
    from met
    where {{ is_unfolded_now('met.load_id') }}
)

select *
from final
