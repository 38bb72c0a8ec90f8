{{ stage_contract_file('customers', ref('unfolded_zendesk__customers'), 'zendesk') }}
