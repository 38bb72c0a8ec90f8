{{ quarantined_rows(
    'invoice_lines',
    [ref('stg_files__invoice_lines'), ref('stg_stripe__invoice_lines')],
    sources=['files', 'stripe'],
    rates=ref('fx_rates'),
    rate_day='invoice_id_parent.issued_on',
    invoice_id=ref('invoices'),
) }}
