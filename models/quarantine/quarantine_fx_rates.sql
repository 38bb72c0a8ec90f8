{{ quarantined_rows('fx_rates', [ref('stg_files__fx_rates'), ref('stg_ecb__fx_rates')]) }}
