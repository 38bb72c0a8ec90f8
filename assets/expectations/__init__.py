"""Great Expectations at the gates: suites as data, validated over the open warehouse connection.

`suites` reads expectations/**.yml, `sql` writes their queries out, `scope` says which rows and
tables a run has to answer for, `great_expectations_engine` is the only module that imports Great
Expectations, `validation` puts the outcomes together, `record` keeps them. Dagster is in
assets/expectation_checks.py.
"""
