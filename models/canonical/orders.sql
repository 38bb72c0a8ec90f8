{{ current_rows('orders', [ref('stg_files__orders')], ref('quarantine_orders')) }}
