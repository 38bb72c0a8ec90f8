{{ quarantined_rows(
    'subscriptions',
    [ref('stg_files__subscriptions')],
    customer_id=ref('customers'),
) }}
