"""dbt-duckdb plugin: gives every dbt cursor the pseudonym key as session variables.

The key reaches SQL only here, as `getvariable('hmac_inner')` and `getvariable('hmac_outer')`; it is
never a dbt var and never stands in compiled SQL. DuckDB has no hmac function, so the two padded
keys of RFC 2104 are set and the macro `keyed_hash` hashes twice.
"""

from __future__ import annotations

from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from pipelines.settings import home_from_environment
from pipelines.warehouse import set_session


class Plugin(BasePlugin):
    """Runs once per cursor that dbt opens."""

    def configure_cursor(self, cursor: Any) -> None:
        set_session(cursor, home_from_environment())
