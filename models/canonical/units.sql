{{ current_rows('units', [ref('stg_files__units')], ref('quarantine_units')) }}
