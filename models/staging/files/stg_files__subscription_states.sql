{{ stage_contract_file('subscription_states', source('raw_files', 'subscription_states')) }}
