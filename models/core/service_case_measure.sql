-- What agents' work on a case comes to, by the month of its last solve (8.11b, 8.12). A case whose
-- tools tell no time is in neither sum: unknown, never guessed.
with

contacts as (
    select
        ticket_id,
        sum(handle_s) as handle_s,
        sum(handle_s) + coalesce(sum(queue_s), 0) as handle_and_queue_s
    from {{ ref('fct_contact') }}
    where outcome = 'answered' and exclusion_reason is null and not is_ticketless
    group by ticket_id
    having count(handle_s) > 0
),

cases as (
    select
        {{ month_index_of('tickets.last_solved_at') }} as month_no,
        tickets.channel,
        tickets.team_at_last_solve as team,
        tickets.topic,
        tickets.priority,
        count(*) as cases_n,
        sum(contacts.handle_s) as handle_s,
        sum(contacts.handle_and_queue_s) as handle_and_queue_s
    from contacts
    inner join {{ ref('fct_ticket') }} as tickets on contacts.ticket_id = tickets.ticket_id
    where tickets.exclusion_reason is null and tickets.last_solved_at is not null
    group by all
),

final as (
    {{ service_parts('work_time_per_resolution_s', 'handle_s', 'cases_n', 'cases') }}
    union all
    {{ service_parts('aht_case_s', 'handle_s', 'cases_n', 'cases') }}
    union all
    {{ service_parts('aht_case_incl_queue_s', 'handle_and_queue_s', 'cases_n', 'cases') }}
)

select * from final
