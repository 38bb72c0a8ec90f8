{{ stage_contract_file('changes', source('raw_files', 'changes')) }}
