{{ quarantined_rows(
    'encounters',
    [ref('stg_files__encounters')],
    touchpoint=ref('touchpoints'),
) }}
