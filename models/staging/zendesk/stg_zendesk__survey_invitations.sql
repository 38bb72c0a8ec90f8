{{ stage_contract_file(
    'survey_invitations', ref('unfolded_zendesk__survey_invitations'), 'zendesk'
) }}
