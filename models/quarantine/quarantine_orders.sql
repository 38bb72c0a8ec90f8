{{ quarantined_rows(
    'orders',
    [ref('stg_files__orders')],
    rates=ref('fx_rates'),
    rate_day=local_date('staged.ordered_at'),
) }}
