{{ quarantined_rows('agents', [ref('stg_files__agents')]) }}
