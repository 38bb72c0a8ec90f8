{{ current_rows('discounts', [ref('stg_files__discounts')], ref('quarantine_discounts')) }}
