{{ quarantined_rows(
    'people',
    [
        ref('stg_files__people'),
        ref('stg_stripe__people'),
        ref('stg_zendesk__people'),
        ref('stg_hubspot__people'),
    ],
    sources=['files', 'stripe', 'zendesk', 'hubspot'],
) }}
