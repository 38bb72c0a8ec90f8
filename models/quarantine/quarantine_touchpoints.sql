{{ quarantined_rows('touchpoints', [ref('stg_files__touchpoints')]) }}
