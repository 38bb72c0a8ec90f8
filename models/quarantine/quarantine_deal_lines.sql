{{ quarantined_rows(
    'deal_lines',
    [ref('stg_files__deal_lines'), ref('stg_hubspot__deal_lines')],
    deal_id=ref('deals'),
    sources=['files', 'hubspot'],
) }}
