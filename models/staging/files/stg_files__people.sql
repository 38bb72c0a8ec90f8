{{ stage_contract_file('people', source('raw_files', 'people')) }}
