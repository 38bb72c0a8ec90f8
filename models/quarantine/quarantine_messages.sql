{{ quarantined_rows(
    'messages',
    [ref('stg_files__messages'), ref('stg_zendesk__messages')],
    ticket_id=ref('tickets'),
    sources=['files', 'zendesk'],
) }}
