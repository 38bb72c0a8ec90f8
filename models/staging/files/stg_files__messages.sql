{{ stage_contract_file('messages', source('raw_files', 'messages')) }}
