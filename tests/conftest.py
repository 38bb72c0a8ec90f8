pytest_plugins = ["tests.support.dbt"]
