{{ stage_contract_file('invoice_lines', ref('unfolded_stripe__invoice_lines'), 'stripe') }}
