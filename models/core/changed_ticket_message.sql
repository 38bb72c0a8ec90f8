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
    where
        {% if is_full_build() %}
            false
        {% else %}
            ticket_id in (select ticket_id from {{ ref('changed_ticket') }})
        {% endif %}
)

select * from final
