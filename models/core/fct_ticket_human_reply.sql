{{ config(materialized='view') }}

with

final as (
    select
        ticket_id,
        message_id,
        author_id,
        sent_at
    from {{ ref('fct_ticket_message') }}
    where is_human_reply and {{ is_past('sent_at') }}
)

select * from final
