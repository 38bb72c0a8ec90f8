{{ current_rows('tickets', [ref('stg_files__tickets')], ref('quarantine_tickets')) }}
