{{ current_rows(
    'agents',
    [ref('stg_files__agents'), ref('stg_zendesk__agents'), ref('stg_hubspot__agents')],
    ref('quarantine_agents'),
    ['files', 'zendesk', 'hubspot'],
) }}
