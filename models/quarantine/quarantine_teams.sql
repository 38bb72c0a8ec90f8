{{ quarantined_rows(
    'teams',
    [ref('stg_files__teams'), ref('stg_zendesk__teams')],
    sources=['files', 'zendesk'],
) }}
