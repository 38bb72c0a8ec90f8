{{ quarantined_rows(
    'subscriptions',
    [ref('stg_files__subscriptions')],
    broken_rules=[canceled_without_end(ref('stg_files__subscription_states'))],
    customer_id=ref('customers'),
) }}
