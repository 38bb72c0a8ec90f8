{{ current_rows(
    'sla_policies',
    [ref('stg_files__sla_policies'), ref('stg_zendesk__sla_policies')],
    ref('quarantine_sla_policies'),
    ['files', 'zendesk'],
) }}
