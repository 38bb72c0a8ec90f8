{{ current_rows(
    'activity_events',
    [ref('stg_files__activity_events')],
    ref('quarantine_activity_events'),
) }}
