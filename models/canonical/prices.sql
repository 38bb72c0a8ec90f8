{{ current_rows('prices', [ref('stg_files__prices')], ref('quarantine_prices')) }}
