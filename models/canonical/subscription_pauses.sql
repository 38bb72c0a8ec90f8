{{ current_rows(
    'subscription_pauses',
    [ref('stg_files__subscription_pauses'), ref('stg_stripe__subscription_pauses')],
    ref('quarantine_subscription_pauses'),
    ['files', 'stripe'],
) }}
