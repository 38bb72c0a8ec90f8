{{ stage_contract_file('services', source('raw_files', 'services')) }}
