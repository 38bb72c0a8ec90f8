{{ quarantined_rows(
    'messages',
    [ref('stg_files__messages')],
    ticket_id=ref('tickets'),
) }}
