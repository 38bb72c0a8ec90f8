{{ quarantined_rows(
    'subscription_pauses',
    [ref('stg_files__subscription_pauses'), ref('stg_stripe__subscription_pauses')],
    sources=['files', 'stripe'],
    subscription_id=ref('subscriptions'),
) }}
