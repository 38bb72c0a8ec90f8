{{ current_rows('agent_time', [ref('stg_files__agent_time')], ref('quarantine_agent_time')) }}
