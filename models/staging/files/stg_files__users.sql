{{ stage_contract_file('users', source('raw_files', 'users')) }}
