{{ unfolding('contacts', 'hubspot') }}
{%- set calls = source('raw_hubspot', 'calls') -%}
{%- set companies = source('raw_hubspot', 'associations_calls_companies') -%}
{%- set contacts = source('raw_hubspot', 'associations_calls_contacts') %}
with person as (
    select *
    from {{ hubspot_main_contact(contacts) }}
),

due as (
    select *
    from {{ hubspot_due(
        [calls, companies, contacts],
        'select id, load_id, row_no, extracted_at from person',
    ) }}
),

call as (
    select *
    from {{ hubspot_objects(calls, 'select due.id from due') }}
),

company as (
    select *
    from {{ hubspot_main_link(companies, 'select due.id from due') }}
),

team as (
    select
        team_id,
        max(team) as team
    from {{ ref('hubspot_owner_team') }}
    group by team_id
),

final as (
    select
        {{ hubspot_id('due.id') }} as contact_id,
        cast(null as varchar) as ticket_id,
        'phone' as channel,
        {{ hubspot_property('call.payload', 'hs_call_direction') }} as direction,
        {{ hubspot_property('call.payload', 'queue') }} as queue,
        {{ hubspot_property('call.payload', 'hs_activity_type') }} as topic,
        coalesce(team.team, owner.team) as team,
        {{ hubspot_id(hubspot_property('call.payload', 'hubspot_owner_id')) }} as agent_id,
        case
            when company.from_id is null then person.customer_id
            else {{ hubspot_id('company.to_id') }}
        end as customer_id,
        {{ hubspot_id('person.contact_id') }} as person_id,
        {{ hubspot_instant(hubspot_property('call.payload', 'hs_timestamp')) }} as started_at,
        coalesce(
            {{ hubspot_property('call.payload', 'outcome') }},
            case coalesce({{ hubspot_property('call.payload', 'hs_call_status') }}, 'COMPLETED')
                when 'COMPLETED' then 'answered'
                when 'BUSY' then 'blocked'
                when 'FAILED' then 'blocked'
                else 'abandoned'
            end
        ) as outcome,
        case {{ hubspot_property('call.payload', 'hs_call_status') }}
            when 'BUSY' then 'no_agents'
            when 'FAILED' then 'network_fault'
        end as block_cause,
        cast(null as bigint) as queue_seconds,
        cast(
            {{ json_decimal('call.payload', 'properties.hs_call_duration') }}
            * cast(0.001 as decimal(4, 3)) as bigint
        ) as talk_seconds,
        cast(null as bigint) as hold_seconds,
        cast(null as bigint) as after_call_seconds,
        cast(null as bigint) as handle_seconds,
        cast(null as boolean) as is_resolved,
        {{ hubspot_shared_position('due', 'hubspot/calls') }}
    from due
    inner join call on due.id = call.id
    left join company on due.id = company.from_id
    left join person on due.id = person.id
    left join team on {{ json_text('call.payload', 'properties.hubspot_team_id') }} = team.team_id
    left join {{ ref('hubspot_owner') }} as owner
        on {{ json_text('call.payload', 'properties.hubspot_owner_id') }} = owner.owner_id
    where
        coalesce({{ hubspot_property('call.payload', 'hs_call_status') }}, 'COMPLETED') not in (
            'CALLING_CRM_USER', 'CONNECTING', 'IN_PROGRESS', 'QUEUED', 'RINGING'
        )
)

select *
from final
