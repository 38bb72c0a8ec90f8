{{ current_rows('payments', [ref('stg_files__payments')], ref('quarantine_payments')) }}
