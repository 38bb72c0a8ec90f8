{{ stage_contract_file('agents', ref('unfolded_hubspot__agents'), 'hubspot') }}
