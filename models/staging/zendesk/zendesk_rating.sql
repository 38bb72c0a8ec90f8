{{ config(materialized='table') }}
with touched as (
    select distinct {{ json_text('rating.payload', 'ticket_id') }} as ticket_no
    from {{ source('raw_zendesk', 'satisfaction_ratings') }} as rating
    where {{ is_unfolded_now('rating.load_id') }}
),

rating as (
    select
        *,
        {{ json_text('payload', 'ticket_id') }} as ticket_no,
        {{ json_text('payload', 'score') }} as verdict
    from {{ objects(source('raw_zendesk', 'satisfaction_ratings')) }}
),

final as (
    select
        rating.*,
        {{ zendesk_instant('rating.payload', 'created_at') }} as offered_at,
        {{ zendesk_instant('rating.payload', 'updated_at') }} as updated_at,
        row_number() over (
            partition by rating.ticket_no
            order by rating.load_id desc nulls last, rating.row_no desc nulls last
        ) as age_no
    from rating
    inner join touched on rating.ticket_no = touched.ticket_no
    where rating.verdict <> 'unoffered'
)

select *
from final
