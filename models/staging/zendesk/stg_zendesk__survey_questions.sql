{{ stage_contract_file('survey_questions', ref('unfolded_zendesk__survey_questions'), 'zendesk') }}
