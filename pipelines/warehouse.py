"""The private working file: opening it, its session, and the tables no dbt model owns.

One process writes at a time. Every connection of this process shares one database instance, dbt's
included, so `connect` must stay free of options that dbt does not set as well.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import duckdb

from pipelines.contract import LINEAGE_COLUMNS, Entity, contract
from pipelines.settings import Home


class WarehouseBusyError(RuntimeError):
    """Another process has the warehouse open for writing."""


META_TABLES = {
    "load": """
        load_id bigint not null, run_id varchar not null, source varchar not null,
        stream varchar not null, file varchar not null, content_hash varchar not null,
        rows_n bigint not null, unparsed_n bigint not null, loaded_at timestamptz not null,
        built_run_id varchar
    """,
    "run": """
        run_id varchar not null, status varchar not null, started_at timestamptz not null,
        finished_at timestamptz, as_of timestamptz, build_fingerprint varchar,
        is_full_canonical boolean, is_full_build boolean, reason varchar,
        published_file varchar
    """,
    "run_context": """
        run_id varchar not null, as_of timestamptz not null, previous_as_of timestamptz,
        is_full_build boolean not null
    """,
    "row_account": """
        run_id varchar not null, entity varchar not null, source varchar not null,
        rows_in bigint not null, rows_current bigint not null, rows_superseded bigint not null,
        rows_quarantined bigint not null
    """,
    "source_freshness": """
        run_id varchar not null, source varchar not null, entity varchar not null,
        watermark_at timestamptz, rows_n bigint not null
    """,
    "expectation_result": """
        run_id varchar not null, gate varchar not null, table_name varchar not null,
        expectation varchar not null, column_name varchar, severity varchar not null,
        outcome varchar not null, observed_value varchar, expected varchar,
        failing_rows_n bigint, protects varchar, owner varchar, error varchar,
        checked_at timestamptz not null
    """,
    "override": """
        run_id varchar not null, table_name varchar not null, expectation varchar not null,
        observed_value varchar, why varchar not null, allowed_at timestamptz not null
    """,
    "source_cursor": """
        source varchar not null, stream varchar not null, cursor varchar not null,
        updated_at timestamptz not null
    """,
    # The loads whose rows are envelopes, and how many of these revised what other rows look up.
    "envelope_load": "load_id bigint not null, revised_lookups_n bigint not null",
    # The rows of entities that staging made of envelopes.
    "unfolded_load": """
        load_id bigint not null, source varchar not null, entity varchar not null,
        rows_n bigint not null
    """,
    # The ids that a full listing under way has seen; empty between listings.
    "listed_id": "source varchar not null, stream varchar not null, id varchar not null",
    "stream_field": """
        source varchar not null, stream varchar not null, field varchar not null,
        noticed_at timestamptz not null
    """,
    # The JSON types that a field's values had; NULL says nothing of a type.
    "stream_field_type": """
        source varchar not null, stream varchar not null, field varchar not null,
        json_type varchar not null
    """,
    "stream_read": """
        run_id varchar not null, source varchar not null, stream varchar not null,
        kind varchar not null, pages_n bigint not null, records_n bigint not null,
        landed_n bigint not null, source_n bigint, here_n bigint, deleted_n bigint not null,
        outcome varchar not null, finished_at timestamptz not null
    """,
    "request": """
        run_id varchar not null, source varchar not null, asked_at timestamptz not null,
        path varchar not null, params varchar not null, attempt bigint not null, status bigint,
        bytes_n bigint not null, limited_s double not null, seconds double not null,
        problem varchar
    """,
    "drift": """
        run_id varchar not null, source varchar not null, entity varchar not null,
        file varchar not null, column_name varchar not null, change varchar not null,
        noticed_at timestamptz not null
    """,
    "published_table": """
        run_id varchar not null, table_name varchar not null, rows_n bigint not null
    """,
    "load_column": """
        load_id bigint not null, column_name varchar not null
    """,
    "rechecked_row": """
        entity varchar not null, load_id bigint not null, row_no bigint not null,
        changed_load_id bigint not null, was_valid boolean not null
    """,
    "released_row": """
        entity varchar not null, load_id bigint not null, row_no bigint not null,
        reasons varchar not null, why varchar not null, released_at timestamptz not null,
        built_run_id varchar
    """,
    "repeated_key": """
        run_id varchar not null, entity varchar not null, file varchar not null,
        keys_n bigint not null, example_key varchar not null
    """,
    "contradiction": """
        run_id varchar not null, kind varchar not null, customer_id varchar not null,
        left_system varchar not null, left_says varchar not null, left_at timestamptz,
        right_system varchar not null, right_says varchar not null, right_at timestamptz
    """,
    "restatement": """
        metric varchar not null, month date not null, before decimal(38, 9),
        after decimal(38, 9), run varchar not null, statistic varchar not null,
        dim_name varchar not null, dim_value varchar not null, status_before varchar,
        status_after varchar, is_frozen boolean not null, cause varchar not null,
        noticed_at timestamptz not null
    """,
    "published_figure": """
        metric_id varchar not null, statistic varchar not null, period_start date not null,
        dim_name varchar not null, dim_value varchar not null, value decimal(38, 9),
        status varchar not null, is_mature boolean not null, metric_version varchar not null,
        as_of timestamptz not null, run_id varchar not null
    """,
    "frozen_figure": """
        metric_id varchar not null, statistic varchar not null, period_start date not null,
        dim_name varchar not null, dim_value varchar not null, value decimal(38, 9),
        status varchar not null, metric_version varchar not null, as_of timestamptz not null,
        run_id varchar not null
    """,
    "ledger": """
        metric_id varchar not null, statistic varchar not null, month date not null,
        dim_name varchar not null, dim_value varchar not null, frozen_value decimal(38, 9),
        frozen_status varchar not null, restated_value decimal(38, 9),
        is_restated boolean not null, metric_version varchar not null,
        as_of timestamptz not null, run_id varchar not null
    """,
    "identity_link": """
        customer_id varchar not null, source varchar not null, source_customer_id varchar not null,
        matched_by varchar not null, status varchar not null, since timestamptz
    """,
    "identity_match": """
        source varchar not null, customers_n bigint not null, matched_n bigint not null,
        ambiguous_n bigint not null, matched_rate decimal(9, 6) not null
    """,
}

META_VIEWS = {
    "pending_load": "select load_id from meta.load where built_run_id is null",
    # How many rows of which entity each load brought: a file's own, an envelope's unfolded ones.
    "delivery": """
        select load_id, source, stream as entity, rows_n + unparsed_n as rows_n
        from meta.load
        where load_id not in (select load_id from meta.envelope_load)
        union all
        select load_id, source, entity, rows_n from meta.unfolded_load
    """,
}

SCHEMAS = (
    "raw_files", "raw_ecb", "staging", "quarantine", "canonical", "core", "marts", "restricted",
    "meta",
)  # fmt: skip


def pseudonym_key(home: Home) -> bytes:
    """The key of all pseudonyms; made at the first use, readable by its owner only."""
    try:
        descriptor = os.open(home.key_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return bytes.fromhex(home.key_file.read_text(encoding="ascii").strip())
    key = secrets.token_bytes(32)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex() + "\n")
    return key


def set_session(connection: Any, home: Home) -> None:
    """UTC and the two padded halves of the pseudonym key (RFC 2104 over SHA-256)."""
    block = pseudonym_key(home)
    if len(block) > sha256().block_size:
        block = sha256(block).digest()
    block = block.ljust(sha256().block_size, b"\0")
    connection.execute("set timezone = 'UTC'")
    connection.execute("set variable hmac_inner = ?::blob", [bytes(b ^ 0x36 for b in block)])
    connection.execute("set variable hmac_outer = ?::blob", [bytes(b ^ 0x5C for b in block)])


@contextmanager
def connect(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the warehouse for writing, with its session set.

    Raises WarehouseBusyError when another process holds the file.
    """
    try:
        connection = duckdb.connect(str(home.warehouse))
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        raise WarehouseBusyError(
            f"{home.warehouse} is open in another process; wait for that run to end, or stop it, "
            "and run the same command again"
        ) from error
    try:
        set_session(connection, home)
        yield connection
    finally:
        connection.close()


def _columns_sql(columns: dict[str, str]) -> str:
    return ", ".join(f'"{name}" {data_type}' for name, data_type in columns.items())


def canonical_columns(entity: Entity) -> dict[str, str]:
    """Name and SQL type of every column of canonical.<entity>."""
    columns = {c.canonical_name: c.data_type for c in entity.columns if c.reaches_canonical}
    return columns | LINEAGE_COLUMNS


def version_columns(entity: Entity) -> dict[str, str]:
    """Name and SQL type of every column of canonical.<entity>_version."""
    columns = canonical_columns(entity) | {"valid_from": "timestamptz", "valid_to": "timestamptz"}
    del columns["versions_n"]
    return columns


def create_empty_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Every schema, the meta tables, and a typed empty table for each entity nobody delivered.

    A dbt model replaces an entity's empty table when its first rows arrive.
    """
    for schema in SCHEMAS:
        connection.execute(f"create schema if not exists {schema}")
    for table, columns in META_TABLES.items():
        connection.execute(f"create table if not exists meta.{table} ({columns})")
    for view, query in META_VIEWS.items():
        connection.execute(f"create or replace view meta.{view} as {query}")
    for entity in contract().values():
        connection.execute(
            f"create table if not exists canonical.{entity.name} "
            f"({_columns_sql(canonical_columns(entity))})"
        )
        if entity.has_history:
            connection.execute(
                f"create table if not exists canonical.{entity.name}_version "
                f"({_columns_sql(version_columns(entity))})"
            )
