{{ stage_contract_file(
    'subscription_pauses',
    ref('unfolded_stripe__subscription_pauses'),
    'stripe',
) }}
