{{ current_rows(
    'subscriptions',
    [ref('stg_files__subscriptions')],
    ref('quarantine_subscriptions'),
) }}
