{{ current_rows(
    'invoice_lines',
    [ref('stg_files__invoice_lines'), ref('stg_stripe__invoice_lines')],
    ref('quarantine_invoice_lines'),
    ['files', 'stripe'],
) }}
