{{ stage_contract_file('ticket_events', source('raw_files', 'ticket_events')) }}
