{{ stage_contract_file('costs', source('raw_files', 'costs')) }}
