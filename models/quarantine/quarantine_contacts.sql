{{ quarantined_rows('contacts', [ref('stg_files__contacts')]) }}
