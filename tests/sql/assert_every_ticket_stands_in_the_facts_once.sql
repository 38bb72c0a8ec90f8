-- Public helpdesk packages lose tickets whose requester, team or agent is unknown to an inner join.
with

delivered as (
    select ticket_id from {{ ref('tickets') }}
),

counted as (
    select
        delivered.ticket_id,
        count(facts.ticket_id) as rows_n
    from delivered
    full join {{ ref('fct_ticket') }} as facts on delivered.ticket_id = facts.ticket_id
    group by delivered.ticket_id
),

final as (
    select ticket_id
    from counted
    where ticket_id is null or rows_n <> 1
    union all
    select 'no ticket to look at' as ticket_id
    where not exists (select 1 from delivered)
)

select ticket_id from final
