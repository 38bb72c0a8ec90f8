{{ unfolding('tickets', 'zendesk') }}
with merged as (
    select
        ticket_id,
        max_by(to_value, load_id) as survivor_id,
        max(load_id) as load_id,
        max_by(row_no, load_id) as row_no,
        max_by(loaded_at, load_id) as extracted_at
    from {{ ref('unfolded_zendesk__ticket_events') }}
    where field = 'merged_into'
    group by ticket_id
),

ticket as (
    select
        *,
        {{ zendesk_id('id') }} as ticket_id
    from {{ objects(
        source('raw_zendesk', 'tickets'),
        touched_tickets(ref('unfolded_zendesk__ticket_events')),
        is_kept=true
    ) }}
),

-- A ticket stands where it was last told of, or told to be merged.
placed as (
    select
        ticket.id,
        ticket.ticket_id,
        ticket.payload,
        ticket.is_deleted,
        merged.survivor_id,
        coalesce({{ zendesk_instant('ticket.latest_payload', 'updated_at') }}, ticket.extracted_at)
            as updated_at,
        case when merged.load_id > ticket.load_id then merged.load_id else ticket.load_id end
            as load_id,
        case
            when merged.load_id > ticket.load_id then merged.row_no
            else ticket.row_no * 1000000 + 1
        end as row_no,
        case
            when merged.load_id > ticket.load_id then merged.extracted_at else ticket.extracted_at
        end as loaded_at
    from ticket
    left join merged on ticket.ticket_id = merged.ticket_id
),

own_field as (
    select
        placed.id,
        {{ each_json_item('placed.payload', 'custom_fields') }}
    from placed
),

field as (
    select *
    from {{ ref('zendesk_field') }}
),

said as (
    select
        own_field.id,
        field.contract_name,
        {{ json_text('own_field.item', 'value') }} as answer
    from own_field
    inner join field on {{ json_text('own_field.item', 'id') }} = field.field_no
),

named as (
    select
        said.id,
        max(case when said.contract_name = 'topic' then said.answer end) as topic,
        max(case when said.contract_name = 'service' then said.answer end) as service,
        max(case when said.contract_name = 'branch' then said.answer end) as branch,
        max(case when said.contract_name = 'agent_marked_fcr' then said.answer end)
            as agent_marked_fcr
    from said
    group by said.id
),

groups as (
    select *
    from {{ ref('zendesk_group') }}
),

final as (
    select
        placed.ticket_id,
        {{ zendesk_id(json_text('placed.payload', 'organization_id')) }} as customer_id,
        {{ zendesk_id(json_text('placed.payload', 'requester_id')) }} as person_id,
        {{ hashed_address(
            'coalesce('
            ~ json_text('placed.payload', 'via.source.from.address') ~ ', '
            ~ json_text('placed.payload', 'via.source.from.phone') ~ ')'
        ) }} as requester_address,
        case
            when {{ json_text('placed.payload', 'from_messaging_channel') }} = 'true' then 'chat'
            else {{ zendesk_channel("lower(" ~ json_text('placed.payload', 'via.channel') ~ ")") }}
        end as channel,
        named.topic,
        {{ json_text('placed.payload', 'priority') }} as priority,
        groups.team,
        {{ zendesk_id(json_text('placed.payload', 'assignee_id')) }} as agent_id,
        named.service,
        named.branch,
        {{ zendesk_instant('placed.payload', 'created_at') }} as created_at,
        case
            when {{ json_text('placed.payload', 'submitter_id') }} = '-1' then 'system'
            when
                {{ json_text('placed.payload', 'submitter_id') }}
                <> {{ json_text('placed.payload', 'requester_id') }}
                then 'agent'
            else 'customer'
        end as created_by,
        {{ zendesk_instant('placed.payload', 'metric_set.initially_assigned_at') }}
            as first_assigned_at,
        {{ zendesk_instant('placed.payload', 'metric_set.solved_at') }} as solved_at,
        case
            when placed.is_deleted then 'deleted'
            else {{ json_text('placed.payload', 'status') }}
        end as status,
        {{ json_has_item('placed.payload', 'tags', "'spam'") }} as is_spam,
        {{ json_has_item('placed.payload', 'tags', "'test'") }} as is_test,
        placed.survivor_id as merged_into_ticket_id,
        placed.updated_at,
        named.agent_marked_fcr,
        placed.load_id,
        placed.row_no,
        'zendesk/tickets' as file,
        placed.loaded_at
    from placed
    left join named on placed.id = named.id
    left join groups on {{ json_text('placed.payload', 'group_id') }} = groups.group_no
    where {{ is_unfolded_now('placed.load_id') }}
)

select *
from final
