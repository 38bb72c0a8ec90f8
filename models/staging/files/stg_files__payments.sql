{{ stage_contract_file('payments', source('raw_files', 'payments')) }}
