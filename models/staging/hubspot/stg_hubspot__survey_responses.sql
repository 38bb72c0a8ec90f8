{{ stage_contract_file('survey_responses', ref('unfolded_hubspot__survey_responses'), 'hubspot') }}
