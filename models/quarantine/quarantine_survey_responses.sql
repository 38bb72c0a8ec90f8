{{ quarantined_rows(
    'survey_responses',
    [
        ref('stg_files__survey_responses'),
        ref('stg_zendesk__survey_responses'),
        ref('stg_hubspot__survey_responses'),
    ],
    question_id=ref('survey_questions'),
    sources=['files', 'zendesk', 'hubspot'],
) }}
