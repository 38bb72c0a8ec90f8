{{ quarantined_rows('prices', [ref('stg_files__prices')]) }}
