{{ quarantined_rows('discounts', [ref('stg_files__discounts')]) }}
