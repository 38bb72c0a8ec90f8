{{ stage_contract_file('messages', ref('unfolded_zendesk__messages'), 'zendesk') }}
