{{ quarantined_rows('payments', [ref('stg_files__payments')]) }}
