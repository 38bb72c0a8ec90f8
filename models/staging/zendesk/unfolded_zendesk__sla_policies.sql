{{ unfolding('sla_policies', 'zendesk') }}
with version as (
    select
        *,
        row_number() over (partition by id order by load_id nulls last) as version_no
    from {{ source('raw_zendesk', 'sla_policies') }}
    where not is_deleted
),

condition as (
    select
        version.id,
        version.load_id,
        'all' as kind,
        {{ each_json_item('version.payload', 'filter.all') }}
    from version
    union all
    select
        version.id,
        version.load_id,
        'any' as kind,
        {{ each_json_item('version.payload', 'filter.any') }}
    from version
),

read_condition as (
    select
        condition.id,
        condition.load_id,
        condition.kind,
        case
            when
                {{ json_text('condition.item', 'field') }} in ('current_via_id', 'via_id')
                and {{ json_text('condition.item', 'operator') }} = 'is'
                then {{ zendesk_channel_of_number(json_text('condition.item', 'value')) }}
        end as channel
    from condition
),

-- Conditions that all must hold name one channel, those of which any may hold several.
addressed as (
    select
        read_condition.id,
        read_condition.load_id,
        count(*) - count(read_condition.channel) as unread_n,
        count(case when read_condition.kind = 'all' then 1 end) as all_n,
        count(case when read_condition.kind = 'any' then 1 end) as any_n
    from read_condition
    group by read_condition.id, read_condition.load_id
),

governed as (
    select distinct
        version.id,
        version.load_id,
        read_condition.channel
    from version
    left join addressed on version.id = addressed.id and version.load_id = addressed.load_id
    left join read_condition
        on version.id = read_condition.id and version.load_id = read_condition.load_id
    where
        addressed.id is null
        or (
            addressed.unread_n = 0
            and (addressed.all_n = 0 or (addressed.all_n = 1 and addressed.any_n = 0))
        )
),

promise as (
    select
        version.id,
        version.version_no,
        version.load_id,
        version.row_no,
        version.extracted_at,
        governed.channel,
        {{ json_integer('version.payload', 'position') }} as place_no,
        case
            when version.version_no > 1 then {{ zendesk_instant('version.payload', 'updated_at') }}
            else {{ zendesk_instant('version.payload', 'created_at') }}
        end as valid_from,
        {{ each_json_item('version.payload', 'policy_metrics') }}
    from version
    inner join governed on version.id = governed.id and version.load_id = governed.load_id
),

named as (
    select
        promise.*,
        {{ json_text('promise.item', 'priority') }} as priority,
        {{ json_text('promise.item', 'metric') }} as zendesk_metric,
        case {{ json_text('promise.item', 'metric') }}
            when 'first_reply_time' then 'first_reply'
            when 'next_reply_time' then 'next_reply'
            when 'agent_work_time' then 'resolution'
            when 'requester_wait_time' then 'resolution'
            when 'total_resolution_time' then 'resolution'
        end as metric
    from promise
),

ranked as (
    select
        named.*,
        row_number() over (
            partition by named.channel, named.priority, named.metric, named.valid_from
            order by named.place_no nulls last, named.id nulls last, named.item_no nulls last
        ) as choice_no
    from named
    where named.metric is not null
),

final as (
    select
        ranked.channel,
        ranked.priority,
        ranked.metric,
        coalesce(
            {{ json_integer('ranked.item', 'target_in_seconds') }},
            60 * {{ json_integer('ranked.item', 'target') }}
        ) as target_seconds,
        case {{ json_text('ranked.item', 'business_hours') }}
            when 'true' then 'business'
            when 'false' then 'calendar'
        end as clock,
        case ranked.zendesk_metric
            when 'agent_work_time' then 'pending;hold'
            when 'requester_wait_time' then 'pending'
        end as pausing_statuses,
        ranked.valid_from,
        {{ unfolded_position(
            'ranked',
            'zendesk/sla_policies',
            'row_number() over (partition by ranked.load_id, ranked.row_no '
            ~ 'order by ranked.item_no nulls last, ranked.channel nulls last)'
        ) }}
    from ranked
    where ranked.choice_no = 1 and {{ is_unfolded_now('ranked.load_id') }}
)

select *
from final
