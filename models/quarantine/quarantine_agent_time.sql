{{ quarantined_rows(
    'agent_time',
    [ref('stg_files__agent_time')],
    agent_id=ref('agents'),
) }}
