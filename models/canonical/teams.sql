{{ current_rows(
    'teams',
    [ref('stg_files__teams'), ref('stg_zendesk__teams')],
    ref('quarantine_teams'),
    ['files', 'zendesk'],
) }}
