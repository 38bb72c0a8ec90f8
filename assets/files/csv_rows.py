"""Lands a CSV file: every value as text, and the lines that are no rows beside them.

DuckDB reads with the dialect found in the header, so nothing is guessed from the data. It numbers a
rejected line by its place in the file; accepted rows are counted, and moved down past the lines
that were rejected or blank, so that every row has the number a spreadsheet shows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb

from assets.files import sql
from assets.files.discovery import Delivery
from assets.files.raw_table import Landed, Landing, insert_rows, insert_unparsed, prepare
from assets.files.reading import CsvHeader, check_utf8, chunks, csv_header
from pipelines.contract import contract

_DROP_REJECTS = "drop table if exists csv_reject; drop table if exists csv_reject_scan"

_PLAIN_ERROR = """
    case error_type
        when 'UNQUOTED VALUE'
            then 'a quotation mark does not close where its value ends'
        when 'LINE SIZE OVER MAXIMUM'
            then 'the line is longer than 2 MB'
        else regexp_replace(
            error_message,
            'Expected Number of Columns: (\\d+) Found: (\\d+)',
            '\\2 values where the header has \\1 columns'
        )
    end
"""


class UnevenLineEndsError(Exception):
    """Lines end in more than one way, which DuckDB's strict parser refuses as a whole."""


def land(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Landed:
    """Load the file. Raises DeliveryError, or UnevenLineEndsError; see land_with_even_line_ends."""
    delivery = landing.delivery
    has_blank_lines = check_utf8(delivery)
    header = csv_header(delivery)
    prepare(connection, landing, dict.fromkeys(header.names, "VARCHAR"))
    connection.execute(_DROP_REJECTS)
    rows_n = _insert(connection, landing, header)
    unparsed_n = insert_unparsed(
        connection,
        landing,
        "line",
        "max_by(error, error_type)",
        "max_by(csv_line, length(csv_line))",
        f"(select line, error_type, trim(csv_line, chr(10)) as csv_line, {_PLAIN_ERROR} as error "
        "from csv_reject) group by line",
    )
    blank = blank_records(chunks(delivery)) if has_blank_lines else []
    if unparsed_n or blank:
        _move_down(connection, landing, header, blank)
    connection.execute(_DROP_REJECTS)
    return Landed(rows_n, unparsed_n, header.names)


def land_with_even_line_ends(connection: duckdb.DuckDBPyConnection, landing: Landing) -> Landed:
    """Load a copy of the file, all of whose lines end in one way.

    DuckDB's lenient parser would take the file as it is, and drop what follows a closing quote.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "even.csv"
        with copy.open("wb") as stream:
            stream.writelines(even_line_ends(chunks(landing.delivery)))
        delivery = replace(landing.delivery, path=copy, is_gzip=False)
        return land(connection, replace(landing, delivery=delivery))


def _insert(connection: duckdb.DuckDBPyConnection, landing: Landing, header: CsvHeader) -> int:
    known = {column.name for column in contract()[landing.delivery.entity].columns}
    cells = {name: f"c{number}" for number, name in enumerate(header.names)}
    try:
        return insert_rows(
            connection,
            landing,
            values={name: cell for name, cell in cells.items() if name in known},
            row_no=f"{header.row_no} + row_number() over ()",
            source=_reader(landing.delivery, header),
            extra=_extra({name: cell for name, cell in cells.items() if name not in known}),
        )
    except duckdb.InvalidInputException as error:
        if "state machine" in str(error):
            raise UnevenLineEndsError from error
        raise


def _reader(delivery: Delivery, header: CsvHeader) -> str:
    columns = ", ".join(f"'c{number}': 'varchar'" for number in range(len(header.names)))
    # With a single column a blank line would be a row.
    where = " where c0 is not null" if len(header.names) == 1 else ""
    return (
        f"read_csv({sql.file(delivery.path)}, auto_detect = false, columns = {{{columns}}}, "
        f"delim = {sql.text(header.delimiter)}, quote = '\"', escape = '\"', nullstr = '', "
        f"header = false, skip = {header.row_no}, strict_mode = true, "
        f"compression = '{'gzip' if delivery.is_gzip else 'none'}', hive_partitioning = false, "
        f"rejects_table = 'csv_reject', rejects_scan = 'csv_reject_scan'){where}"
    )


def _extra(cells: dict[str, str]) -> str:
    if not cells:
        return "null"
    members = ", ".join(f"{sql.text(name)}, {cell}" for name, cell in cells.items())
    return f"json_object({members})"


def blank_records(data: Iterable[bytes]) -> list[int]:
    """The row numbers of lines with nothing on them, the header's line counting too.

    A blank line inside quotation marks belongs to a value and is none.
    """
    return [int(number) for found in _blank_records(data) for number in found]


def _blank_records(data: Iterable[bytes]) -> Iterator[Iterable[int]]:
    # Only an awkward file needs it, and the code location loads sooner without.
    import numpy as np

    records, quotes, is_at_start = 0, 0, True
    for chunk in data:
        letters = np.frombuffer(chunk, dtype=np.uint8)
        letters = letters[letters != ord("\r")]
        quotes_before = np.cumsum(letters == ord('"')) + quotes
        ends = np.flatnonzero((letters == ord("\n")) & (quotes_before % 2 == 0))
        starts = np.concatenate(([0 if is_at_start else -1], ends + 1))
        yield records + 1 + np.flatnonzero(ends == starts[: len(ends)])
        records += len(ends)
        if len(letters):
            quotes = int(quotes_before[-1])
            is_at_start = bool(starts[-1] == len(letters))


def even_line_ends(data: Iterable[bytes]) -> Iterator[bytes]:
    """The text with a line feed alone at each line's end; line ends inside quotation marks stay."""
    import numpy as np

    quotes, kept = 0, b""
    for chunk in data:
        # A carriage return at the end of a chunk waits for what follows it.
        text = kept + chunk
        kept = b"\r" if text.endswith(b"\r") else b""
        letters = np.frombuffer(text[: len(text) - len(kept)], dtype=np.uint8).copy()
        quotes_before = np.cumsum(letters == ord('"')) + quotes
        returns = (letters == ord("\r")) & (quotes_before % 2 == 0)
        is_pair = returns & np.append(letters[1:] == ord("\n"), False)
        letters[returns] = ord("\n")
        yield letters[~is_pair].tobytes()
        quotes = int(quotes_before[-1]) if len(letters) else quotes
    yield b"\n" if kept else b""


def _move_down(
    connection: duckdb.DuckDBPyConnection, landing: Landing, header: CsvHeader, blank: list[int]
) -> None:
    """Shift the numbers of accepted rows past every record that is none of them."""
    connection.execute(
        "create or replace temp table csv_gap as "
        "select after, max(shift) as shift from ("
        "select record - row_number() over (order by record) as after, "
        "row_number() over (order by record) as shift from ("
        "select distinct line as record from csv_reject "
        "union select unnest(cast(? as bigint[]))"
        ") where record > ?) group by after",
        [blank, header.row_no],
    )
    connection.execute(
        f"update {landing.table} as landed set row_no = landed.row_no + moved.shift from ("
        f"select numbered.rowid as id, csv_gap.shift from {landing.table} as numbered "
        "asof join csv_gap on numbered.row_no > csv_gap.after "
        f"where numbered.load_id = {landing.load_id}"
        ") as moved where landed.rowid = moved.id"
    )
    connection.execute("drop table csv_gap")
