{{ unfolding() }}
with metric as (
    select *
    from {{ zendesk_ticket_metrics() }}
),

ticket as (
    select *
    from {{ source('raw_zendesk', 'tickets') }}
    where {{ is_unfolded_now('load_id') }}
),

final as (
    select
        {{ zendesk_id('ticket.id') }} as ticket_id,
        metric.metric,
        metric.clock,
        try_cast(
            {{ json_at('ticket.payload', 'metric.path') }} as bigint
        ) as vendor_minutes,
        {{ zendesk_instant('ticket.payload', 'updated_at') }} as told_at,
        ticket.load_id,
        ticket.row_no
    from ticket
    cross join metric
    where {{ json_part('ticket.payload', 'metric_set') }} is not null
)

select *
from final
