{{ stage_contract_file('deals', source('raw_files', 'deals')) }}
