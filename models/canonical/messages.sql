{{ current_rows('messages', [ref('stg_files__messages')], ref('quarantine_messages')) }}
