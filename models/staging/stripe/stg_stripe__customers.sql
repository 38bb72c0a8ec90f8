{{ stage_contract_file('customers', ref('unfolded_stripe__customers'), 'stripe') }}
