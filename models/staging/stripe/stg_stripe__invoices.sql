{{ stage_contract_file('invoices', ref('unfolded_stripe__invoices'), 'stripe') }}
