{{ stage_contract_file('services', ref('unfolded_stripe__services'), 'stripe') }}
