{{ stage_contract_file('credit_note_lines', source('raw_files', 'credit_note_lines')) }}
