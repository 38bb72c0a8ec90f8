{{ stage_contract_file('people', ref('unfolded_hubspot__people'), 'hubspot') }}
