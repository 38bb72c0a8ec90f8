{{ stage_contract_file('subscriptions', source('raw_files', 'subscriptions')) }}
