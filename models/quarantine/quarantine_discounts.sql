{{ quarantined_rows(
    'discounts',
    [ref('stg_files__discounts'), ref('stg_stripe__discounts')],
    sources=['files', 'stripe'],
) }}
