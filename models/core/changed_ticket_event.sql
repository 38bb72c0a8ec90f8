-- Looked up once, for all the models that read them. A full build reads canonical itself.
with

events as (
    select * from {{ ref('ticket_events') }}
),

final as (
    select
        event_id,
        ticket_id,
        occurred_at,
        field,
        from_value,
        to_value
    from events
    where {{ is_looked_up('ticket_id') }}
)

select * from final
