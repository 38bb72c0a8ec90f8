{{ unfolding() }}
select
    {{ hubspot_id(hubspot_property('answer.payload', 'hs_survey_id')) }} as question_id,
    {{ hubspot_property('answer.payload', 'question_version') }} as version,
    {{ hubspot_instrument('answer.payload') }} as instrument,
    {{ hubspot_property('answer.payload', 'scale_min') }} as scale_min,
    {{ hubspot_property('answer.payload', 'scale_max') }} as scale_max,
    {{ hubspot_property('answer.payload', 'polarity') }} as polarity,
    {{ hubspot_property('answer.payload', 'hs_language') }} as language,
    answer.load_id,
    answer.row_no,
    answer.extracted_at
from {{ source('raw_hubspot', 'feedback_submissions') }} as answer
where
    {{ hubspot_instrument('answer.payload') }} is not null
    and {{ hubspot_property('answer.payload', 'hs_value') }} is not null
    and {{ is_unfolded_now('answer.load_id') }}
