{{ quarantined_rows('teams', [ref('stg_files__teams')]) }}
