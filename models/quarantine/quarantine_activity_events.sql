{{ quarantined_rows(
    'activity_events',
    [ref('stg_files__activity_events')],
    user_id=ref('users'),
) }}
