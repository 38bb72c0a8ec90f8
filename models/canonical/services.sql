{{ current_rows(
    'services',
    [ref('stg_files__services'), ref('stg_stripe__services'), ref('stg_hubspot__services')],
    ref('quarantine_services'),
    ['files', 'stripe', 'hubspot'],
) }}
