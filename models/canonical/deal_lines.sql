{{ current_rows(
    'deal_lines',
    [ref('stg_files__deal_lines'), ref('stg_hubspot__deal_lines')],
    ref('quarantine_deal_lines'),
    ['files', 'hubspot'],
) }}
