{{ current_rows('followups', [ref('stg_files__followups')], ref('quarantine_followups')) }}
