{{ unfolding() }}
select
    event.id as event_id,
    {{ json_text('event.payload', 'data.object.object') }} as object_kind,
    {{ json_text('event.payload', 'data.object.id') }} as object_id,
    {{ stripe_instant('event.payload', 'created') }} as changed_at,
    -- Only of subscriptions is the history read.
    case
        when {{ json_text('event.payload', 'data.object.object') }} = 'subscription'
            then {{ json_part('event.payload', 'data.object') }}
    end as payload,
    event.load_id,
    event.row_no,
    event.extracted_at
from {{ source('raw_stripe', 'events') }} as event
where {{ is_unfolded_now('event.load_id') }}
