{{ current_rows(
    'metric_targets',
    [ref('stg_files__metric_targets')],
    ref('quarantine_metric_targets'),
) }}
