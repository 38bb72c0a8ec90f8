{{ current_rows('people', [ref('stg_files__people')], ref('quarantine_people')) }}
