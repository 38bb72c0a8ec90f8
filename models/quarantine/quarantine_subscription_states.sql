{{ quarantined_rows(
    'subscription_states',
    [ref('stg_files__subscription_states'), ref('stg_stripe__subscription_states')],
    sources=['files', 'stripe'],
    subscription_id=ref('subscriptions'),
) }}
