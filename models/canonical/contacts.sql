{{ current_rows(
    'contacts',
    [ref('stg_files__contacts'), ref('stg_zendesk__contacts'), ref('stg_hubspot__contacts')],
    ref('quarantine_contacts'),
    ['files', 'zendesk', 'hubspot'],
) }}
