with

touched as (
    select
        ticket_id,
        is_one_touch,
        reopens_n,
        replies_n
    from {{ ref('fct_ticket') }}
    where is_one_touch is not null
),

final as (
    select ticket_id
    from touched
    where is_one_touch and (reopens_n > 0 or replies_n <> 1)
    union all
    select 'no one-touch ticket to look at' as ticket_id
    where not exists (select 1 from touched where is_one_touch)
    union all
    select 'no reopened ticket to look at' as ticket_id
    where not exists (select 1 from touched where reopens_n > 0)
)

select ticket_id from final
