{{ quarantined_rows(
    'sla_policies',
    [ref('stg_files__sla_policies'), ref('stg_zendesk__sla_policies')],
    sources=['files', 'zendesk'],
) }}
