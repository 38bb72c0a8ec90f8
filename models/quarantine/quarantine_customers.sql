{{ quarantined_rows(
    'customers',
    [ref('stg_files__customers'), ref('stg_stripe__customers')],
    sources=['files', 'stripe'],
) }}
