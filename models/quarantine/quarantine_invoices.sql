{{ quarantined_rows(
    'invoices',
    [ref('stg_files__invoices')],
    rates=ref('fx_rates'),
    rate_day='staged.issued_on',
    customer_id=ref('customers'),
) }}
