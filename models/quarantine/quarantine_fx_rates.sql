{{ quarantined_rows('fx_rates', [ref('stg_files__fx_rates')]) }}
