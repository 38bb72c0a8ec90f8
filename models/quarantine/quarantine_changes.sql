{{ quarantined_rows('changes', [ref('stg_files__changes')]) }}
