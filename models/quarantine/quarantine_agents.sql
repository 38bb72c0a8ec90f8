{{ quarantined_rows(
    'agents',
    [ref('stg_files__agents'), ref('stg_zendesk__agents'), ref('stg_hubspot__agents')],
    sources=['files', 'zendesk', 'hubspot'],
) }}
