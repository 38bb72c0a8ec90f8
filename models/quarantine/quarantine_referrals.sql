{{ quarantined_rows(
    'referrals',
    [ref('stg_files__referrals')],
    referrer_customer_id=ref('customers'),
) }}
