{{ stage_contract_file('orders', source('raw_files', 'orders')) }}
