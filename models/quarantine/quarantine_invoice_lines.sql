{{ quarantined_rows(
    'invoice_lines',
    [ref('stg_files__invoice_lines')],
    invoice_id=ref('invoices'),
) }}
