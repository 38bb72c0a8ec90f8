{{ current_rows(
    'subscription_items',
    [ref('stg_files__subscription_items'), ref('stg_stripe__subscription_items')],
    ref('quarantine_subscription_items'),
    ['files', 'stripe'],
) }}
