{{ stage_contract_file('payments', ref('unfolded_stripe__payments'), 'stripe') }}
