{{ quarantined_rows(
    'invoices',
    [ref('stg_files__invoices'), ref('stg_stripe__invoices')],
    sources=['files', 'stripe'],
    rates=ref('fx_rates'),
    rate_day='staged.issued_on',
    customer_id=ref('customers'),
) }}
