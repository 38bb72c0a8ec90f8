{{ current_rows('touchpoints', [ref('stg_files__touchpoints')], ref('quarantine_touchpoints')) }}
