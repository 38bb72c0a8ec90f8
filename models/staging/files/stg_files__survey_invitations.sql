{{ stage_contract_file('survey_invitations', source('raw_files', 'survey_invitations')) }}
