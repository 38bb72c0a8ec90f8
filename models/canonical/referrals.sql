{{ current_rows('referrals', [ref('stg_files__referrals')], ref('quarantine_referrals')) }}
