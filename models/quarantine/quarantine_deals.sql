{{ quarantined_rows(
    'deals',
    [ref('stg_files__deals'), ref('stg_hubspot__deals')],
    sources=['files', 'hubspot'],
) }}
