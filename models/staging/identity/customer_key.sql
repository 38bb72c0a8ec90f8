{{ customer_keys(
    [
        ref('stg_files__customers'),
        ref('stg_stripe__customers'),
        ref('stg_zendesk__customers'),
        ref('stg_hubspot__customers'),
    ],
    [
        ref('stg_files__people'),
        ref('stg_stripe__people'),
        ref('stg_zendesk__people'),
        ref('stg_hubspot__people'),
    ],
) }}
