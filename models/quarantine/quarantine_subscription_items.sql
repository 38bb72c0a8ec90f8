{{ quarantined_rows(
    'subscription_items',
    [ref('stg_files__subscription_items')],
    subscription_id=ref('subscriptions'),
) }}
