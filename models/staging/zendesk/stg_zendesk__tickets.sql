{{ stage_contract_file('tickets', ref('unfolded_zendesk__tickets'), 'zendesk') }}
