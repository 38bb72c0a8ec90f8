{{ quarantined_rows('survey_questions', [ref('stg_files__survey_questions')]) }}
