{{ current_rows(
    'credit_note_lines',
    [ref('stg_files__credit_note_lines'), ref('stg_stripe__credit_note_lines')],
    ref('quarantine_credit_note_lines'),
    ['files', 'stripe'],
) }}
