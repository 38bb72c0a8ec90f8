"""Landing contract files in raw_files."""
from __future__ import annotations
import duckdb


def create_raw_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The table of lines that could not be parsed; an entity's own table comes with its data."""
    connection.execute("create schema if not exists raw_files")
    connection.execute(
        "create table if not exists raw_files.unparsed_line (entity varchar, file varchar, "
        "row_no bigint, content_hash varchar, load_id bigint, loaded_at timestamptz, "
        "error varchar, line varchar)"
    )
