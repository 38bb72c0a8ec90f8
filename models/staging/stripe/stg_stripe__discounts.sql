{{ stage_contract_file('discounts', ref('unfolded_stripe__discounts'), 'stripe') }}
