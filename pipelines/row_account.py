"""The account of rows: what was delivered is current, superseded or in quarantine, or the run lies.

The four figures are counted apart from each other, so that a row lost or doubled between raw and
canonical shows: rows in from the record of the loads, current and superseded from canonical,
quarantined from quarantine. Rows of envelopes are counted where staging unfolds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from pipelines.contract import Entity, contract


@dataclass(frozen=True)
class RepeatedKeys:
    """Keys that stand more than once in one file, where no updated_at says which row is newer."""

    entity: str
    file: str
    keys_n: int
    example_key: str


@dataclass(frozen=True)
class RefusedRows:
    """Rows of one file that broke a rule of the contract; examples are (row number, reasons)."""

    entity: str
    file: str
    rows_n: int
    examples: tuple[tuple[int, str], ...]


def account(connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Write this run's account, cumulative over all loads, and what it found repeated in a file.

    To be called after canonical is built and before its loads count as built.
    """
    entities = _delivered_entities(connection)
    connection.execute("delete from meta.row_account where run_id = ?", [run_id])
    connection.execute("delete from meta.repeated_key where run_id = ?", [run_id])
    for entity in entities:
        _account_entity(connection, run_id, entity.name)
        _note_repeated_keys(connection, run_id, entity)


def repeated_keys(connection: duckdb.DuckDBPyConnection, run_id: str) -> list[RepeatedKeys]:
    """Files of this run in which the last of several rows with one key was taken."""
    rows = connection.execute(
        "select entity, file, keys_n, example_key from meta.repeated_key "
        "where run_id = ? order by entity, file",
        [run_id],
    ).fetchall()
    return [RepeatedKeys(*row) for row in rows]


def refused_rows(connection: duckdb.DuckDBPyConnection, examples_n: int = 3) -> list[RefusedRows]:
    """What of this run's files went to quarantine, with the first rows of each file as examples."""
    found = []
    for entity in _delivered_entities(connection):
        if not _exists(connection, "quarantine", entity.name):
            continue
        rows = connection.execute(
            f"""
            select
                file, count(*),
                min({{'row_no': row_no, 'reasons': reasons}}, {examples_n})
            from quarantine.{entity.name}
            where load_id in (select load_id from meta.pending_load)
            group by file order by file
            """
        ).fetchall()
        found += [
            RefusedRows(
                entity.name,
                file,
                rows_n,
                tuple((place["row_no"], place["reasons"]) for place in places),
            )
            for file, rows_n, places in rows
        ]
    return found


def _delivered_entities(connection: duckdb.DuckDBPyConnection) -> list[Entity]:
    rows = connection.execute(
        "select distinct entity from meta.delivery order by entity"
    ).fetchall()
    return [contract()[name] for (name,) in rows]


def _account_entity(connection: duckdb.DuckDBPyConnection, run_id: str, entity: str) -> None:
    quarantined = (
        f"select load.source, count(*) as n from quarantine.{entity} as held "
        "inner join meta.load as load on held.load_id = load.load_id group by load.source"
        if _exists(connection, "quarantine", entity)
        else "select null as source, 0 as n where false"
    )
    connection.execute(
        "create or replace temp table beaten (source varchar, winner varchar, n bigint)"
    )
    _find_beaten_by_others(connection, contract()[entity])
    # The source of the load, not of the row: `orders` has a column of its own with that name.
    connection.execute(
        f"""
        insert into meta.row_account (
            run_id, entity, source, rows_in, rows_current, rows_superseded, rows_quarantined
        )
        with delivered as (
            select source, sum(rows_n) as n from meta.delivery
            where entity = $entity group by source
        ), kept as (
            select load.source, count(*) as current_n, sum(versions_n - 1) as superseded_n
            from canonical.{entity} as held
            inner join meta.load as load on held.load_id = load.load_id
            group by load.source
        ), superseded as (
            select source, sum(n) as n
            from (
                select source, superseded_n as n from kept
                union all select source, n from beaten
                union all select winner, -n from beaten
            )
            group by source
        ), quarantined as ({quarantined})
        select
            $run_id, $entity, delivered.source, delivered.n, coalesce(kept.current_n, 0),
            coalesce(superseded.n, 0), coalesce(quarantined.n, 0)
        from delivered
        left join kept on delivered.source = kept.source
        left join superseded on delivered.source = superseded.source
        left join quarantined on delivered.source = quarantined.source
        """,
        {"run_id": run_id, "entity": entity},
    )


def _find_beaten_by_others(connection: duckdb.DuckDBPyConnection, entity: Entity) -> None:
    """Rows of each source whose key another source's row is current for.

    Two sources may name the same service or team; a current row counts all that it has beaten.
    """
    sources = connection.execute(
        "select distinct source from meta.delivery where entity = ? and rows_n > 0 order by source",
        [entity.name],
    ).fetchall()
    if len(sources) < 2:
        return
    same_key = " and ".join(f"staged.{c} is not distinct from held.{c}" for c in entity.key)
    for (source,) in sources:
        connection.execute(
            f"""
            insert into beaten
            select $source, load.source, count(*)
            from staging.stg_{source}__{entity.name} as staged
            inner join canonical.{entity.name} as held on {same_key}
            inner join meta.load as load on held.load_id = load.load_id
            where
                held.versions_n > 1
                and load.source <> $source
                and not exists (
                    select 1 from quarantine.{entity.name} as refused
                    where refused.load_id = staged.load_id and refused.row_no = staged.row_no
                )
            group by load.source
            """,
            {"source": source},
        )


def warnings(connection: duckdb.DuckDBPyConnection, run_id: str) -> Iterator[str]:
    """A line per fault for the person who reads the progress: file, row, field, and what follows.

    Values of personal columns are masked where staging writes the reasons.
    """
    for refused in refused_rows(connection):
        for row_no, reasons in refused.examples:
            yield f"{refused.file} row {row_no}: {reasons}"
        yield (
            f"{refused.file}: rows set aside in quarantine.{refused.entity}: {refused.rows_n:,}; "
            "correct them at the source and deliver the file again"
        )
    for repeated in repeated_keys(connection, run_id):
        yield (
            f"{repeated.file}: keys that stand there more than once: {repeated.keys_n:,} (for "
            f"example {repeated.example_key}); no updated_at says which row is newer, so the last "
            "one was taken"
        )


def _exists(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    row = connection.execute(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?",
        [schema, table],
    ).fetchone()
    return row is not None and row[0] > 0


def _note_repeated_keys(connection: duckdb.DuckDBPyConnection, run_id: str, entity: Entity) -> None:
    """Only keys with several versions that a pending load touched are looked up in staging."""
    is_staged = connection.execute(
        "select count(*) > 0 from duckdb_views() where schema_name = 'staging' and view_name = ?",
        [f"stg_files__{entity.name}"],
    ).fetchone()
    if is_staged != (True,):
        return
    same_key = " and ".join(f"staged.{c} is not distinct from repeated.{c}" for c in entity.key)
    key = ", ".join(f"staged.{c}" for c in entity.key)
    example = " || ', ' || ".join(
        f"'{c} ' || coalesce(cast({c} as varchar), 'NULL')" for c in entity.key
    )
    undated = (
        "staged.updated_at is null" if "updated_at" in {c.name for c in entity.columns} else "true"
    )
    connection.execute(
        f"""
        insert into meta.repeated_key (run_id, entity, file, keys_n, example_key)
        with repeated as (
            select * from canonical.{entity.name}
            where versions_n > 1
            and changed_load_id in (select load_id from meta.pending_load)
        ), twice as (
            select
                staged.file, {key},
                string_agg(cast(staged.row_no as varchar), ', ' order by staged.row_no) as row_nos
            from staging.stg_files__{entity.name} as staged
            inner join repeated on {same_key}
            where staged.load_id in (select load_id from meta.pending_load)
            and {undated} and staged.reasons is null
            group by staged.load_id, staged.file, {key}
            having count(*) > 1
        )
        select $run_id, $entity, file, count(*), min({example} || ' in rows ' || row_nos)
        from twice group by file
        """,
        {"run_id": run_id, "entity": entity.name},
    )
