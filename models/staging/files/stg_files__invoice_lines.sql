{{ stage_contract_file('invoice_lines', source('raw_files', 'invoice_lines')) }}
