{{ current_rows(
    'messages',
    [ref('stg_files__messages'), ref('stg_zendesk__messages')],
    ref('quarantine_messages'),
    ['files', 'zendesk'],
) }}
