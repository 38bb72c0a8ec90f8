{{ quarantined_rows('orders', [ref('stg_files__orders')]) }}
