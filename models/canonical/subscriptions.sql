{{ current_rows(
    'subscriptions',
    [ref('stg_files__subscriptions'), ref('stg_stripe__subscriptions')],
    ref('quarantine_subscriptions'),
    ['files', 'stripe'],
) }}
