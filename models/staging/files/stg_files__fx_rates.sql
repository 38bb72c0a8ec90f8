{{ stage_contract_file('fx_rates', source('raw_files', 'fx_rates')) }}
