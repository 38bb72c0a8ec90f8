{{ stage_contract_file('survey_questions', ref('unfolded_hubspot__survey_questions'), 'hubspot') }}
