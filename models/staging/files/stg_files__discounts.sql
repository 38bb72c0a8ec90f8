{{ stage_contract_file('discounts', source('raw_files', 'discounts')) }}
