{{ stage_contract_file('deal_lines', source('raw_files', 'deal_lines')) }}
