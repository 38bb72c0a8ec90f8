"""Columns of a built table and where each comes from, for the lineage view.

Read from the compiled SQL by sqlglot. It costs more than most models, so what was found is kept
beside the parsed project under the hash of the SQL, and computed again only for SQL that changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import dagster as dg
import duckdb

from pipelines.dbt import TARGET_DIR, NodeResult

KEPT = TARGET_DIR / "column_lineage.json"

# table → its columns; both lower case
Columns = dict[str, dict[str, str]]
# column → [[table, column], …]
Lineage = dict[str, list[list[str]]]


def _columns(connection: duckdb.DuckDBPyConnection) -> Columns:
    rows = connection.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by schema_name, table_name, column_index"
    ).fetchall()
    columns: Columns = {}
    for table, column, data_type in rows:
        columns.setdefault(table, {})[column] = data_type
    return columns


def trace(sql: str, columns: Columns) -> Lineage:
    """For each output column of `sql`, the columns of stored tables and views it is made from."""
    from sqlglot import MappingSchema, exp, parse_one
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    tree = parse_one(sql, dialect="duckdb")
    schema = MappingSchema(dialect="duckdb")
    for table in tree.find_all(exp.Table):
        table.set("catalog", None)
        if table.db:
            schema.add_table(table, columns.get(f"{table.db}.{table.name}", {}))
    query = qualify(tree, schema=schema, dialect="duckdb", validate_qualify_columns=False)
    if not isinstance(query, exp.Query):
        return {}
    scope = build_scope(query)
    found: Lineage = {}
    for column in query.named_selects:
        origin = lineage(
            column, query, schema=schema, dialect="duckdb", scope=scope, trim_selects=False
        )
        sources = set()
        for node in origin.walk():
            if isinstance(node.expression, exp.Table):
                origin_table = f"{node.expression.db}.{node.expression.name}"
                sources.add((origin_table, node.name.rpartition(".")[2].strip('"')))
        found[column] = sorted([list(source) for source in sources])
    return found


def column_metadata(
    connection: duckdb.DuckDBPyConnection, results: Iterable[NodeResult]
) -> dict[str, dict[str, Any]]:
    """unique_id → Dagster's column schema and column lineage of each node built."""
    from sqlglot.errors import SqlglotError

    columns = _columns(connection)
    kept = _kept()
    used: dict[str, Lineage] = {}
    metadata: dict[str, dict[str, Any]] = {}
    for result in results:
        schema = dg.TableSchema(
            [dg.TableColumn(c, t) for c, t in columns.get(result.relation, {}).items()]
        )
        metadata[result.unique_id] = {"dagster/column_schema": schema}
        if not result.compiled_sql or not result.compiled_sql.lstrip().lower().startswith(
            ("select", "with")
        ):
            continue
        digest = sha256(result.compiled_sql.encode()).hexdigest()
        try:
            used[digest] = kept.get(digest) or trace(result.compiled_sql, columns)
        except SqlglotError:
            # Lineage is a courtesy of the UI; SQL that sqlglot cannot read yet still is right.
            continue
        metadata[result.unique_id]["dagster/column_lineage"] = _as_dagster(used[digest])
    if used.keys() - kept.keys():
        _keep(kept | used)
    return metadata


def _kept() -> dict[str, Lineage]:
    if not KEPT.exists():
        return {}
    kept: dict[str, Lineage] = json.loads(KEPT.read_text(encoding="utf-8"))
    return kept


def _keep(found: Mapping[str, Lineage]) -> None:
    """Whole or not at all, since several homes share the file; the last writer wins."""
    with NamedTemporaryFile("w", dir=KEPT.parent, delete=False, encoding="utf-8") as file:
        json.dump(found, file)
    Path(file.name).replace(KEPT)


def _as_dagster(lineage: Mapping[str, list[list[str]]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=dg.AssetKey(table.split(".", 1)), column_name=name)
                for table, name in sources
            ]
            for column, sources in lineage.items()
        }
    )
