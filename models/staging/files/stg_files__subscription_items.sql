{{ stage_contract_file('subscription_items', source('raw_files', 'subscription_items')) }}
