{{ stage_contract_file('deal_lines', ref('unfolded_hubspot__deal_lines'), 'hubspot') }}
