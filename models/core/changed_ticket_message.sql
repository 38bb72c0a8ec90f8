-- Looked up once, for all the models that read them. A full build reads canonical itself.
with

messages as (
    select * from {{ ref('messages') }}
),

final as (
    select
        message_id,
        ticket_id,
        author_type,
        author_id,
        is_public,
        is_automated,
        sent_at
    from messages
    where {{ is_looked_up('ticket_id') }}
)

select * from final
