{{ current_rows(
    'customers',
    [
        ref('stg_files__customers'),
        ref('stg_stripe__customers'),
        ref('stg_zendesk__customers'),
        ref('stg_hubspot__customers'),
    ],
    ref('quarantine_customers'),
    ['files', 'stripe', 'zendesk', 'hubspot'],
) }}
