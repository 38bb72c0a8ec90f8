{{ quarantined_rows(
    'ticket_events',
    [ref('stg_files__ticket_events'), ref('stg_zendesk__ticket_events')],
    ticket_id=ref('tickets'),
    sources=['files', 'zendesk'],
) }}
