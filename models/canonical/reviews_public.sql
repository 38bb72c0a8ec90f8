{{ current_rows(
    'reviews_public',
    [ref('stg_files__reviews_public')],
    ref('quarantine_reviews_public'),
) }}
