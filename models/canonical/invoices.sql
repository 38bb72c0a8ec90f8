{{ current_rows('invoices', [ref('stg_files__invoices')], ref('quarantine_invoices')) }}
