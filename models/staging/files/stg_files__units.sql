{{ stage_contract_file('units', source('raw_files', 'units')) }}
