{{ current_rows('qa_reviews', [ref('stg_files__qa_reviews')], ref('quarantine_qa_reviews')) }}
