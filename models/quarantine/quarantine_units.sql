{{ quarantined_rows('units', [ref('stg_files__units')]) }}
