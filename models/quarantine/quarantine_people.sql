{{ quarantined_rows(
    'people',
    [ref('stg_files__people'), ref('stg_zendesk__people')],
    sources=['files', 'zendesk'],
) }}
