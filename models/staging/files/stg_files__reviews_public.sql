{{ stage_contract_file('reviews_public', source('raw_files', 'reviews_public')) }}
