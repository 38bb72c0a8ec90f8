{{ stage_contract_file('prices', source('raw_files', 'prices')) }}
