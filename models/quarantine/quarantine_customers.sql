{{ quarantined_rows('customers', [ref('stg_files__customers')]) }}
