{{ quarantined_rows('people', [ref('stg_files__people')]) }}
