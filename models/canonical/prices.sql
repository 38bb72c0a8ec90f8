{{ current_rows(
    'prices',
    [ref('stg_files__prices'), ref('stg_stripe__prices'), ref('stg_hubspot__prices')],
    ref('quarantine_prices'),
    ['files', 'stripe', 'hubspot'],
) }}
