{{ stage_contract_file('contacts', source('raw_files', 'contacts')) }}
