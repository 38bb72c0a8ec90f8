{{ current_rows(
    'ticket_events',
    [ref('stg_files__ticket_events'), ref('stg_zendesk__ticket_events')],
    ref('quarantine_ticket_events'),
    ['files', 'zendesk'],
) }}
