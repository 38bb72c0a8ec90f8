{{ current_rows(
    'payments',
    [ref('stg_files__payments'), ref('stg_stripe__payments')],
    ref('quarantine_payments'),
    ['files', 'stripe'],
) }}
