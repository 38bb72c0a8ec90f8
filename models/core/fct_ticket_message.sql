-- depends_on: {{ ref('messages') }}
{{ config(materialized='view') }}

with

final as (
    select
        message_id,
        ticket_id,
        author_type,
        author_id,
        is_public,
        is_automated,
        sent_at
    from {{ ref('messages') if is_full_build() else ref('changed_ticket_message') }}
)

select * from final
