{{ stage_contract_file('encounters', source('raw_files', 'encounters')) }}
