{{ unfolding('survey_questions', 'zendesk') }}
with first_rating as (
    select
        load_id,
        row_no,
        extracted_at,
        row_number() over (order by load_id nulls last, row_no nulls last) as place
    from {{ source('raw_zendesk', 'satisfaction_ratings') }}
),

final as (
    select
        '{{ zendesk_question() }}' as question_id,
        1 as version,
        'csat' as instrument,
        1 as scale_min,
        2 as scale_max,
        cast(null as varchar) as polarity,
        cast(null as varchar) as language,
        {{ unfolded_position('first_rating', 'zendesk/satisfaction_ratings') }}
    from first_rating
    where first_rating.place = 1 and {{ is_unfolded_now('first_rating.load_id') }}
)

select *
from final
