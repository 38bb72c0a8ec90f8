{{ unfolding('ticket_events', 'zendesk') }}
with act as (
    select *
    from {{ zendesk_acts() }}
    where kind = 'Change'
),

-- An event names a change by a member, an audit by a name.
named as (
    select
        act.*,
        coalesce(
            {{ json_text('act.item', 'field_name') }},
            case
                when {{ json_part('act.item', 'status') }} is not null then 'status'
                when {{ json_part('act.item', 'assignee_id') }} is not null then 'assignee_id'
                when {{ json_part('act.item', 'group_id') }} is not null then 'group_id'
                when {{ json_part('act.item', 'priority') }} is not null then 'priority'
                when {{ json_part('act.item', 'added_tags') }} is not null then 'added_tags'
            end,
            {{ json_first_key('act.item', 'custom_ticket_fields') }}
        ) as name,
        {{ json_text('act.item', 'previous_value') }} as former_value,
        {{ json_text('act.item', 'via_reference_id') }} as survivor_no,
        {{ json_has_item('act.item', 'added_tags', "'closed_by_merge'") }} as is_merge
    from act
),

valued as (
    select
        named.*,
        case
            when {{ json_part('named.item', 'field_name') }} is not null and named.name = 'tags'
                then {{ json_list_text('named.item', 'value') }}
            when {{ json_part('named.item', 'field_name') }} is not null
                then {{ json_text('named.item', 'value') }}
            when named.name = 'status' then {{ json_text('named.item', 'status') }}
            when named.name = 'assignee_id' then {{ json_text('named.item', 'assignee_id') }}
            when named.name = 'group_id' then {{ json_text('named.item', 'group_id') }}
            when named.name = 'priority' then {{ json_text('named.item', 'priority') }}
            when named.name = 'added_tags' then {{ json_list_text('named.item', 'added_tags') }}
            else {{ json_member('named.item', 'custom_ticket_fields', 'named.name') }}
        end as new_value
    from named
),

field as (
    select *
    from {{ ref('zendesk_field') }}
    where contract_name = 'topic'
),

said as (
    select
        valued.*,
        case
            when valued.is_merge and valued.survivor_no is not null then 'merged_into'
            when valued.name in ('status', 'priority') then valued.name
            when valued.name = 'assignee_id' then 'agent_id'
            when valued.name = 'group_id' then 'team'
            when valued.name in ('tags', 'added_tags') then 'tag'
            when field.field_no is not null then 'topic'
        end as field
    from valued
    left join field on valued.name = field.field_no
),

agents as (
    select distinct user_no
    from {{ ref('unfolded_zendesk__agents') }}
),

groups as (
    select *
    from {{ ref('zendesk_group') }}
),

told as (
    select
        {{ zendesk_id('said.act_no') }} as event_id,
        {{ zendesk_id('said.ticket_no') }} as ticket_id,
        said.acted_at as occurred_at,
        said.field,
        case said.field
            when 'agent_id' then {{ zendesk_id('said.former_value') }}
            when 'team' then former.team
            when 'merged_into' then null
            when 'tag' then null
            else said.former_value
        end as from_value,
        case said.field
            when 'agent_id' then {{ zendesk_id('said.new_value') }}
            when 'team' then latter.team
            when 'merged_into' then {{ zendesk_id('said.survivor_no') }}
            else said.new_value
        end as to_value,
        case when said.actor_no <> '-1' then {{ zendesk_id('said.actor_no') }} end as actor_id,
        case
            when said.actor_no = '-1' then 'system'
            when agents.user_no is not null then 'agent'
            else 'customer'
        end as actor_type,
        {{ unfolded_position('said', 'zendesk/ticket_events', 'said.item_no') }}
    from said
    left join groups as former on said.field = 'team' and said.former_value = former.group_no
    left join groups as latter on said.field = 'team' and said.new_value = latter.group_no
    left join agents on said.actor_no = agents.user_no
    where said.field is not null and (said.field <> 'tag' or said.new_value is not null)
),

-- Of an earlier build, before it was known that an agent did it.
told_again as (
    select
        known.event_id,
        known.ticket_id,
        known.occurred_at,
        known.field,
        known.from_value,
        known.to_value,
        known.actor_id,
        'agent' as actor_type,
        newcomer.load_id,
        newcomer.row_no + row_number() over (
            partition by newcomer.load_id, newcomer.row_no order by known.event_id nulls last
        ) as row_no,
        'zendesk/ticket_events' as file,
        newcomer.loaded_at
    from {{ known_changes() }} as known
    inner join {{ ref('unfolded_zendesk__agents') }} as newcomer
        on known.actor_id = newcomer.agent_id
    where
        known.actor_type = 'customer'
        and {{ is_unfolded_again('newcomer.load_id') }}
),

final as (
    select *
    from told
    union all
    select *
    from told_again
)

select *
from final
