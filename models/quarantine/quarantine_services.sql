{{ quarantined_rows(
    'services',
    [ref('stg_files__services'), ref('stg_stripe__services'), ref('stg_hubspot__services')],
    sources=['files', 'stripe', 'hubspot'],
) }}
