{{ quarantined_rows(
    'credit_note_lines',
    [ref('stg_files__credit_note_lines'), ref('stg_stripe__credit_note_lines')],
    sources=['files', 'stripe'],
    rates=ref('fx_rates'),
    rate_day='coalesce(invoice_id_parent.issued_on, staged.issued_on)',
    invoice_id=ref('invoices'),
) }}
