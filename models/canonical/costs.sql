{{ current_rows('costs', [ref('stg_files__costs')], ref('quarantine_costs')) }}
