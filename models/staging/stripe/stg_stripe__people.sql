{{ stage_contract_file('people', ref('unfolded_stripe__people'), 'stripe') }}
