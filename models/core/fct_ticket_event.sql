-- depends_on: {{ ref('ticket_events') }}
{{ config(materialized='view') }}

with

final as (
    select
        event_id,
        ticket_id,
        occurred_at,
        field,
        from_value,
        to_value
    from {{ ref('ticket_events') if is_full_build() else ref('changed_ticket_event') }}
)

select * from final
