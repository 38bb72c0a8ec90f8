{{ quarantined_rows(
    'tickets',
    [ref('stg_files__tickets'), ref('stg_zendesk__tickets')],
    sources=['files', 'zendesk'],
) }}
