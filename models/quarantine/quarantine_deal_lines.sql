{{ quarantined_rows(
    'deal_lines',
    [ref('stg_files__deal_lines')],
    deal_id=ref('deals'),
) }}
