{{ quarantined_rows(
    'payments',
    [ref('stg_files__payments'), ref('stg_stripe__payments')],
    sources=['files', 'stripe'],
) }}
