{{ current_rows(
    'survey_invitations',
    [ref('stg_files__survey_invitations'), ref('stg_zendesk__survey_invitations')],
    ref('quarantine_survey_invitations'),
    ['files', 'zendesk'],
) }}
