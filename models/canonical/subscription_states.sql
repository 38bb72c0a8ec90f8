{{ current_rows(
    'subscription_states',
    [ref('stg_files__subscription_states'), ref('stg_stripe__subscription_states')],
    ref('quarantine_subscription_states'),
    ['files', 'stripe'],
) }}
