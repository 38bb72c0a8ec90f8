{{ stage_contract_file('touchpoints', source('raw_files', 'touchpoints')) }}
