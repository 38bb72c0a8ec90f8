{{ quarantined_rows(
    'subscription_items',
    [ref('stg_files__subscription_items'), ref('stg_stripe__subscription_items')],
    sources=['files', 'stripe'],
    rates=ref('fx_rates'),
    rate_day=add_days("date_trunc('month', " ~ local_date('staged.valid_from') ~ ")", -1),
    subscription_id=ref('subscriptions'),
) }}
