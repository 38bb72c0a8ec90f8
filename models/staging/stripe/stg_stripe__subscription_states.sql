{{ stage_contract_file(
    'subscription_states',
    ref('unfolded_stripe__subscription_states'),
    'stripe',
) }}
