{{ stage_contract_file('deals', ref('unfolded_hubspot__deals'), 'hubspot') }}
