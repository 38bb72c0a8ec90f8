{{ stage_contract_file('followups', source('raw_files', 'followups')) }}
