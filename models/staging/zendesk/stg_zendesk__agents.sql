{{ stage_contract_file('agents', ref('unfolded_zendesk__agents'), 'zendesk') }}
