{{ quarantined_rows(
    'agents',
    [ref('stg_files__agents'), ref('stg_zendesk__agents')],
    sources=['files', 'zendesk'],
) }}
