{{ stage_contract_file('referrals', source('raw_files', 'referrals')) }}
