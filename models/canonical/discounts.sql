{{ current_rows(
    'discounts',
    [ref('stg_files__discounts'), ref('stg_stripe__discounts')],
    ref('quarantine_discounts'),
    ['files', 'stripe'],
) }}
