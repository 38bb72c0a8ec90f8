{{ stage_contract_file('prices', ref('unfolded_stripe__prices'), 'stripe') }}
