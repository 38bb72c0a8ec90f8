{{ stage_contract_file('customers', source('raw_files', 'customers')) }}
