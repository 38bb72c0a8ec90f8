{{ quarantined_rows(
    'costs',
    [ref('stg_files__costs')],
    rates=ref('fx_rates'),
    rate_day='staged.month',
) }}
