{{ stage_contract_file('teams', source('raw_files', 'teams')) }}
