-- Since when a deleted ticket is gone, where the log tells. NULL: not yet.
with

final as (
    select
        ticket_id,
        max(occurred_at) filter (where {{ is_past('occurred_at') }}) as deleted_at
    from {{ ref('fct_ticket_event') }}
    where field = 'status' and to_value = 'deleted'
    group by ticket_id
)

select * from final
