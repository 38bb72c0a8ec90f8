{{ unfolding('survey_questions', 'hubspot') }}
with first_answer as (
    select *
    from {{ ref('hubspot_first_answer') }}
),

final as (
    select
        first_answer.question_id,
        first_answer.version,
        first_answer.instrument,
        coalesce(
            first_answer.scale_min, case first_answer.instrument when 'nps' then '0' else '1' end
        ) as scale_min,
        coalesce(
            first_answer.scale_max,
            case first_answer.instrument
                when 'nps' then '10'
                when 'csat' then '5'
                when 'ces' then '7'
            end
        ) as scale_max,
        coalesce(
            first_answer.polarity, case first_answer.instrument when 'ces' then 'ease' end
        ) as polarity,
        first_answer.language,
        {{ unfolded_position('first_answer', 'hubspot/feedback_submissions') }}
    from first_answer
    where {{ is_unfolded_now('first_answer.load_id') }}
)

select *
from final
