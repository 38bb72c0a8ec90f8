{{ quarantined_rows('costs', [ref('stg_files__costs')]) }}
