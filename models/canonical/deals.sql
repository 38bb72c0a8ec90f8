{{ current_rows('deals', [ref('stg_files__deals')], ref('quarantine_deals')) }}
