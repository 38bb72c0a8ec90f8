"""What exists: extraction per source, dbt models, expectation checks, publishing."""
