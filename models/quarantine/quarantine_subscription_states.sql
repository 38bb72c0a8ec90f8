{{ quarantined_rows(
    'subscription_states',
    [ref('stg_files__subscription_states')],
    subscription_id=ref('subscriptions'),
) }}
