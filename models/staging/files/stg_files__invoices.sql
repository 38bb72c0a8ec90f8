{{ stage_contract_file('invoices', source('raw_files', 'invoices')) }}
