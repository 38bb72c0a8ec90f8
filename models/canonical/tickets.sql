{{ current_rows(
    'tickets',
    [ref('stg_files__tickets'), ref('stg_zendesk__tickets')],
    ref('quarantine_tickets'),
    ['files', 'zendesk'],
) }}
