{{ stage_contract_file('tickets', source('raw_files', 'tickets')) }}
