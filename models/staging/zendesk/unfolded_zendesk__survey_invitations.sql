{{ unfolding('survey_invitations', 'zendesk') }}
with rating as (
    select
        *,
        min(offered_at) over (partition by ticket_no) as first_offered_at
    from {{ ref('zendesk_rating') }}
),

final as (
    select
        {{ zendesk_id('rating.ticket_no') }} as invitation_id,
        '{{ zendesk_question() }}' as question_id,
        {{ zendesk_id(json_text('rating.payload', 'requester_id')) }} as person_id,
        cast(null as varchar) as customer_id,
        cast(null as varchar) as touchpoint,
        'moment_of_truth' as measurement_level,
        'email' as channel,
        rating.first_offered_at as sent_at,
        cast(null as varchar) as delivery_status,
        {{ unfolded_position('rating', 'zendesk/satisfaction_ratings') }}
    from rating
    where rating.age_no = 1 and {{ is_unfolded_now('rating.load_id') }}
)

select *
from final
