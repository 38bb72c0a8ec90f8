with

answered as (
    select
        ticket_id,
        created_at,
        first_reply_at
    from {{ ref('fct_ticket') }}
    where first_reply_at is not null
),

final as (
    select ticket_id
    from answered
    where first_reply_at < created_at
    union all
    select 'no answered ticket to look at' as ticket_id
    where not exists (select 1 from answered)
)

select ticket_id from final
