{{ stage_contract_file('services', ref('unfolded_hubspot__services'), 'hubspot') }}
