{{ current_rows(
    'survey_responses',
    [
        ref('stg_files__survey_responses'),
        ref('stg_zendesk__survey_responses'),
        ref('stg_hubspot__survey_responses'),
    ],
    ref('quarantine_survey_responses'),
    ['files', 'zendesk', 'hubspot'],
) }}
