{{ quarantined_rows(
    'customers',
    [
        ref('stg_files__customers'),
        ref('stg_stripe__customers'),
        ref('stg_zendesk__customers'),
        ref('stg_hubspot__customers'),
    ],
    sources=['files', 'stripe', 'zendesk', 'hubspot'],
) }}
