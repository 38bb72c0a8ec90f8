{{ stage_contract_file('agents', source('raw_files', 'agents')) }}
