{{ current_rows(
    'invoices',
    [ref('stg_files__invoices'), ref('stg_stripe__invoices')],
    ref('quarantine_invoices'),
    ['files', 'stripe'],
) }}
