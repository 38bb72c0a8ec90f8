{{ stage_contract_file('activity_events', source('raw_files', 'activity_events')) }}
