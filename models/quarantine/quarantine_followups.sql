{{ quarantined_rows(
    'followups',
    [ref('stg_files__followups')],
    response_id=ref('survey_responses'),
) }}
