{{ stage_contract_file('fx_rates', source('raw_ecb', 'fx_rates'), 'ecb') }}
