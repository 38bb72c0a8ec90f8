{{ current_rows(
    'deals',
    [ref('stg_files__deals'), ref('stg_hubspot__deals')],
    ref('quarantine_deals'),
    ['files', 'hubspot'],
) }}
