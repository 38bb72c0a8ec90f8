{{ current_rows('contacts', [ref('stg_files__contacts')], ref('quarantine_contacts')) }}
