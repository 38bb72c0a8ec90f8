"""Lands JSON: one object per line, or in a .json file one array of objects.

DuckDB parses every line once. Values land as text, nested ones as JSON text; a line that is no
object is kept beside the rows.
"""

from __future__ import annotations

from collections import defaultdict

import duckdb

from assets.files import sql
from assets.files.discovery import Delivery
from assets.files.raw_table import Landed, Landing, insert_rows, insert_unparsed, prepare
from assets.files.reading import DeliveryError, check_columns, check_utf8, chunks
from pipelines.contract import contract

# DuckDB reads a JSON number as a double; one with more digits than a double holds is quoted first.
_LONG_NUMBER = r"(:\s*)(-?[0-9.]{17,}(?:[eE][+-]?[0-9]+)?)(\s*[,}])"
_EXACT_LINE = f"""
    case
        when regexp_matches(line, '[0-9.]{{17}}')
            and json_valid(regexp_replace(line, '{_LONG_NUMBER}', '\\1"\\2"\\3', 'g'))
            then regexp_replace(line, '{_LONG_NUMBER}', '\\1"\\2"\\3', 'g')
        else line
    end
"""


def land(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Landed:
    """Load the file. Raises DeliveryError."""
    delivery = landing.delivery
    check_utf8(delivery)
    _read_lines(connection, delivery)
    spellings = _spellings(connection)
    names = tuple(spellings)
    rows_n = 0
    if names:
        check_columns(delivery, names, "every line")
        prepare(connection, landing, dict.fromkeys(names, "VARCHAR"))
        known = {column.name for column in contract()[delivery.entity].columns}
        keys, values, others = _expressions(spellings, known)
        rows_n = insert_rows(
            connection,
            landing,
            values=values,
            row_no="row_no",
            source=(
                f"(select row_no, json_extract_string(line, {keys}) as value "
                "from json_line where error is null)"
            ),
            extra=others,
        )
    else:
        prepare(connection, landing, {})
    unparsed_n = insert_unparsed(
        connection, landing, "row_no", "error", "line", "json_line where error is not null"
    )
    connection.execute("drop table json_line")
    return Landed(rows_n, unparsed_n, names)


def _read_lines(connection: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    compression = "gzip" if delivery.is_gzip else "none"
    if _is_array(delivery):
        lines = (
            "select row_number() over () as row_no, cast(json as varchar) as line "
            f"from read_json_objects({sql.file(delivery.path)}, format = 'array', "
            f"compression = '{compression}')"
        )
    else:
        lines = (
            "select row_number() over () as row_no, line "
            f"from read_csv({sql.file(delivery.path)}, auto_detect = false, "
            "columns = {'line': 'varchar'}, delim = '', quote = '', escape = '', header = false, "
            f"strict_mode = false, max_line_size = 16777216, compression = '{compression}', "
            "hive_partitioning = false)"
        )
    try:
        connection.execute(
            "create or replace temp table json_line as "
            f"select row_no, {_EXACT_LINE} as line, case "
            "when not json_valid(line) then 'not readable as JSON' "
            "when json_type(line) <> 'OBJECT' "
            "then 'JSON, but no object: ' || lower(json_type(line)) end as error "
            f"from ({lines}) where trim(line, chr(9) || chr(13) || ' ') <> ''"
        )
    except duckdb.InvalidInputException as error:
        reason = str(error).split("\n", 1)[0].removeprefix("Invalid Input Error: ")
        raise DeliveryError(
            f"{delivery.file}: cannot be read as JSON: {reason}; nothing of it is loaded: "
            "export it again, best as one object per line"
        ) from error


def _is_array(delivery: Delivery) -> bool:
    if not delivery.path.name.lower().removesuffix(".gz").endswith(".json"):
        return False
    start = next(chunks(delivery), b"").removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"[")


def _spellings(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Column name as compared with the contract → the keys of the file that mean it."""
    rows = connection.execute(
        "select distinct unnest(json_keys(line)) as key from json_line "
        "where error is null order by key"
    ).fetchall()
    spellings = defaultdict(list)
    for (key,) in rows:
        spellings[key.strip().lower()].append(key)
    return dict(spellings)


def _expressions(
    spellings: dict[str, list[str]], known: set[str]
) -> tuple[str, dict[str, str], str]:
    """What one parse of a line takes out of it, in SQL.

    Returns the list of paths to extract; for each contract column the expression over the extracted
    list `value`; and the expression for the other columns together, as JSON.
    """
    keys = [key for spelled in spellings.values() for key in spelled]
    places = {key: f"value[{number}]" for number, key in enumerate(keys, start=1)}
    found = {
        name: f"coalesce({', '.join(places[key] for key in spelled)})" if len(spelled) > 1
        else places[spelled[0]]
        for name, spelled in spellings.items()
    }  # fmt: skip
    others = [f"{sql.text(name)}, {place}" for name, place in found.items() if name not in known]
    return (
        f"[{', '.join(sql.text(_pointer(key)) for key in keys)}]",
        {name: place for name, place in found.items() if name in known},
        f"json_object({', '.join(others)})" if others else "null",
    )


def _pointer(key: str) -> str:
    """RFC 6901."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
