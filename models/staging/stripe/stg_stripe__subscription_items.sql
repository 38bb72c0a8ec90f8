{{ stage_contract_file(
    'subscription_items',
    ref('unfolded_stripe__subscription_items'),
    'stripe',
) }}
