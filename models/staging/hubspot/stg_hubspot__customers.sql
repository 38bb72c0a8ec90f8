{{ stage_contract_file('customers', ref('unfolded_hubspot__customers'), 'hubspot') }}
