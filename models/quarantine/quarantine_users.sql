{{ quarantined_rows('users', [ref('stg_files__users')]) }}
