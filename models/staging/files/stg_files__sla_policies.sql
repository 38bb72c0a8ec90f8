{{ stage_contract_file('sla_policies', source('raw_files', 'sla_policies')) }}
