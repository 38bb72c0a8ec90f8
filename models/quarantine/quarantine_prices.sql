{{ quarantined_rows(
    'prices',
    [ref('stg_files__prices'), ref('stg_stripe__prices'), ref('stg_hubspot__prices')],
    sources=['files', 'stripe', 'hubspot'],
) }}
