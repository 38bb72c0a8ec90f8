{{ stage_contract_file('contacts', ref('unfolded_zendesk__contacts'), 'zendesk') }}
