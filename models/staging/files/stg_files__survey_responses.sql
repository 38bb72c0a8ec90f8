{{ stage_contract_file('survey_responses', source('raw_files', 'survey_responses')) }}
