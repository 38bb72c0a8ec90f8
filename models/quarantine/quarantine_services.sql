{{ quarantined_rows('services', [ref('stg_files__services')]) }}
