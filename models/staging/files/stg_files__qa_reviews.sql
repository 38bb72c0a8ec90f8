{{ stage_contract_file('qa_reviews', source('raw_files', 'qa_reviews')) }}
