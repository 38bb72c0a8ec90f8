{{ stage_contract_file('people', ref('unfolded_zendesk__people'), 'zendesk') }}
