{{ stage_contract_file('metric_targets', source('raw_files', 'metric_targets')) }}
