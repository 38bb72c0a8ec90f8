{{ stage_contract_file('contacts', ref('unfolded_hubspot__contacts'), 'hubspot') }}
