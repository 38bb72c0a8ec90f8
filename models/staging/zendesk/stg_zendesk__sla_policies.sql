{{ stage_contract_file('sla_policies', ref('unfolded_zendesk__sla_policies'), 'zendesk') }}
