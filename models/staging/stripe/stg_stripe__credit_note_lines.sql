{{ stage_contract_file('credit_note_lines', ref('unfolded_stripe__credit_note_lines'), 'stripe') }}
