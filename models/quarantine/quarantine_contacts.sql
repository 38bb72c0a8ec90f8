{{ quarantined_rows(
    'contacts',
    [ref('stg_files__contacts'), ref('stg_zendesk__contacts')],
    sources=['files', 'zendesk'],
) }}
