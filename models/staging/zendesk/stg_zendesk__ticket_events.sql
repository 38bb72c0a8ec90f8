{{ stage_contract_file('ticket_events', ref('unfolded_zendesk__ticket_events'), 'zendesk') }}
