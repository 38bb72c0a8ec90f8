{{ quarantined_rows(
    'invoices',
    [ref('stg_files__invoices')],
    customer_id=ref('customers'),
) }}
