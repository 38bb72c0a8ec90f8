{{ stage_contract_file('teams', ref('unfolded_zendesk__teams'), 'zendesk') }}
