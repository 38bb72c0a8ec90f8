{{ quarantined_rows(
    'contacts',
    [ref('stg_files__contacts'), ref('stg_zendesk__contacts'), ref('stg_hubspot__contacts')],
    sources=['files', 'zendesk', 'hubspot'],
) }}
