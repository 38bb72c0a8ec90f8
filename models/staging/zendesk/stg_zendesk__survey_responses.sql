{{ stage_contract_file('survey_responses', ref('unfolded_zendesk__survey_responses'), 'zendesk') }}
