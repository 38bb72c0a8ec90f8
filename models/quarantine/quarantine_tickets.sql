{{ quarantined_rows('tickets', [ref('stg_files__tickets')]) }}
