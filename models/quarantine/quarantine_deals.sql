{{ quarantined_rows('deals', [ref('stg_files__deals')]) }}
