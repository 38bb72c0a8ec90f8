{{ stage_contract_file('survey_questions', source('raw_files', 'survey_questions')) }}
