{{ stage_contract_file('subscription_pauses', source('raw_files', 'subscription_pauses')) }}
