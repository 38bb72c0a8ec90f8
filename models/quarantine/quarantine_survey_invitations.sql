{{ quarantined_rows(
    'survey_invitations',
    [ref('stg_files__survey_invitations'), ref('stg_zendesk__survey_invitations')],
    question_id=ref('survey_questions'),
    sources=['files', 'zendesk'],
) }}
