{{ current_rows('changes', [ref('stg_files__changes')], ref('quarantine_changes')) }}
