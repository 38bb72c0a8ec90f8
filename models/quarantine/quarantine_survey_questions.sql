{{ quarantined_rows(
    'survey_questions',
    [
        ref('stg_files__survey_questions'),
        ref('stg_zendesk__survey_questions'),
        ref('stg_hubspot__survey_questions'),
    ],
    sources=['files', 'zendesk', 'hubspot'],
) }}
