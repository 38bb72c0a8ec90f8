{{ quarantined_rows(
    'subscription_pauses',
    [ref('stg_files__subscription_pauses')],
    subscription_id=ref('subscriptions'),
) }}
