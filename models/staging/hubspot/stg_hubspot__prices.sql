{{ stage_contract_file('prices', ref('unfolded_hubspot__prices'), 'hubspot') }}
