{{ current_rows('users', [ref('stg_files__users')], ref('quarantine_users')) }}
