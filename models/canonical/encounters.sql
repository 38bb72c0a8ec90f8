{{ current_rows('encounters', [ref('stg_files__encounters')], ref('quarantine_encounters')) }}
