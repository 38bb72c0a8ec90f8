{{ stage_contract_file('subscriptions', ref('unfolded_stripe__subscriptions'), 'stripe') }}
