{{ stage_contract_file('agent_time', source('raw_files', 'agent_time')) }}
