{{ current_rows('services', [ref('stg_files__services')], ref('quarantine_services')) }}
