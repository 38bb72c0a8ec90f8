{{ quarantined_rows('qa_reviews', [ref('stg_files__qa_reviews')]) }}
