{{ current_rows('teams', [ref('stg_files__teams')], ref('quarantine_teams')) }}
