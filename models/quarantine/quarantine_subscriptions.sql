{{ quarantined_rows(
    'subscriptions',
    [ref('stg_files__subscriptions'), ref('stg_stripe__subscriptions')],
    sources=['files', 'stripe'],
    broken_rules=[canceled_without_end(ref('stg_files__subscription_states'))],
    customer_id=ref('customers'),
) }}
