"""Looks into a file before anything of it is loaded, and refuses what the contract refuses.

What belongs here: bytes, encodings, headers, column names, and the messages about them. What does
not: landing rows (loading.py and the module of each format).
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from assets.files.discovery import Delivery, Format
from pipelines.contract import Entity, contract

CHUNK_BYTES = 1 << 20

# Letters a data file may put in a column's name; anything else in a header may be the delimiter.
_NAME_LETTERS = re.compile(r"[\w \"]")


class DeliveryError(ValueError):
    """Files that cannot be loaded; each problem names file, place, column and what to do."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class CsvHeader:
    """Column names as compared with the contract, the delimiter, and the header's row number."""

    names: tuple[str, ...]
    delimiter: str
    row_no: int


def content_hash(delivery: Delivery) -> str:
    """SHA-256 of the file's bytes as delivered."""
    digest = sha256()
    with delivery.path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def chunks(delivery: Delivery) -> Iterator[bytes]:
    """The file's bytes, unpacked. Raises DeliveryError when the gzip is damaged."""
    try:
        with gzip.open(delivery.path) if delivery.is_gzip else delivery.path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DeliveryError(
            f"{delivery.file}: cannot be unpacked as gzip ({error}); nothing of it is loaded: "
            "transfer or pack the file again"
        ) from error


def check_not_empty(delivery: Delivery) -> None:
    """Raises DeliveryError for a file of 0 bytes: an export of nothing still has a header."""
    if delivery.path.stat().st_size == 0:
        raise _empty(delivery)


def _empty(delivery: Delivery) -> DeliveryError:
    return DeliveryError(
        f"{delivery.file}: the file is empty; export it again, or remove it: "
        f"a missing file means no {delivery.entity}"
    )


def check_utf8(delivery: Delivery) -> bool:
    """Whether the text has blank lines before its end.

    Raises DeliveryError naming line, column and byte where the text is not UTF-8, and when there is
    no text at all.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line_no, line = 1, b""
    tail, has_blank_lines, has_text = b"", False, False
    for chunk in chunks(delivery):
        if not has_text:
            _refuse_utf16(delivery, chunk)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise _not_utf8(delivery, line_no, line, error) from error
        has_blank_lines = has_blank_lines or _has_blank_line(tail + chunk)
        tail = (tail + chunk)[-2:]
        has_text = has_text or not chunk.isspace()
        line_no += chunk.count(b"\n")
        line = chunk.rsplit(b"\n", 1)[1] if b"\n" in chunk else line + chunk
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _not_utf8(delivery, line_no, line, error) from error
    if not has_text:
        raise _empty(delivery)
    return has_blank_lines


def _has_blank_line(data: bytes) -> bool:
    return b"\n\n" in data or b"\n\r" in data


def _refuse_utf16(delivery: Delivery, start: bytes) -> None:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in start[:64]:
        raise DeliveryError(
            f"{delivery.file}: line 1 is not UTF-8 but UTF-16 (byte 0x{start[0]:02X} first); "
            "save the file as UTF-8"
        )


def _not_utf8(
    delivery: Delivery, line_no: int, line: bytes, error: UnicodeDecodeError
) -> DeliveryError:
    # The decoder's object begins with the bytes it kept from the previous chunk, and these are the
    # end of `line` too.
    data = error.object
    kept = next((n for n in (3, 2, 1) if n <= len(line) and data.startswith(line[-n:])), 0)
    before = line[: len(line) - kept] + data[: error.start]
    line_no += before.count(b"\n")
    current = before.rsplit(b"\n", 1)[-1].decode("utf-8", errors="replace")
    byte = data[error.start]
    column = _column_at(delivery, current)
    place = f"line {line_no}, column {column}" if column else f"line {line_no}"
    guess = bytes([byte]).decode("cp1252", errors="replace")
    looks = f' (it would be "{guess}" in Windows-1252)' if guess != "\ufffd" else ""
    return DeliveryError(
        f"{delivery.file}: {place}: byte 0x{byte:02X} after {len(current)} characters is not "
        f"UTF-8{looks}; nothing of the file is loaded: save it as UTF-8"
    )


def _column_at(delivery: Delivery, before: str) -> str | None:
    """The column that a line's text has reached, as far as that line alone can tell."""
    if delivery.format is Format.JSON:
        names = re.findall(r'"([^"\\]+)"\s*:', before)
        return names[-1] if names else None
    header = _parse_header(delivery, _first_text(delivery))
    cells = next(csv.reader([before], delimiter=header.delimiter), [""])
    return header.names[len(cells) - 1] if len(cells) <= len(header.names) else None


def csv_header(delivery: Delivery) -> CsvHeader:
    """Names and delimiter of a CSV file. Raises DeliveryError when the contract refuses them."""
    header = _parse_header(delivery, _first_text(delivery))
    check_columns(delivery, header.names, f"line {header.row_no}")
    return header


def _first_text(delivery: Delivery) -> str:
    first = next(chunks(delivery), b"")
    return first.decode("utf-8-sig", errors="replace")


def _parse_header(delivery: Delivery, start: str) -> CsvHeader:
    """The dialect whose reading of the first line names most columns of the contract."""
    first_line = next((line for line in re.split(r"[\r\n]+", start) if line.strip(" ")), "")
    candidates = dict.fromkeys([",", ";", "\t", "|", *_delimiters_in(first_line)])
    known = {column.name for column in contract()[delivery.entity].columns}
    best = CsvHeader((), ",", 1)
    best_hits = -1
    for delimiter in candidates:
        row_no, cells = _first_record(start, delimiter)
        names = tuple(
            cell.strip().lower() or f"column_{number}" for number, cell in enumerate(cells, start=1)
        )
        hits = len(known.intersection(names))
        if hits > best_hits:
            best, best_hits = CsvHeader(names, delimiter, row_no), hits
    return best


def _delimiters_in(line: str) -> list[str]:
    return [letter for letter in line if not _NAME_LETTERS.match(letter)]


def _first_record(start: str, delimiter: str) -> tuple[int, list[str]]:
    reader = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter)
    try:
        for row_no, cells in enumerate(reader, start=1):
            if cells:
                return row_no, cells
    except csv.Error:
        pass
    return 1, []


def check_columns(delivery: Delivery, names: Sequence[str], place: str) -> None:
    """Raises DeliveryError for a name given twice, no known name, or a required one missing."""
    entity = contract()[delivery.entity]
    problems = [
        f"{delivery.file}: {place}: column {name} stands there {count} times; rename or remove one"
        for name, count in Counter(names).items()
        if count > 1
    ]
    problems += _missing_columns(delivery, entity, names, place)
    if problems:
        raise DeliveryError(*problems)


def _missing_columns(
    delivery: Delivery, entity: Entity, names: Sequence[str], place: str
) -> list[str]:
    known = {column.name for column in entity.columns}
    if not known.intersection(names):
        found = ", ".join(names[:5]) or "nothing"
        return [
            f"{delivery.file}: {place}: no column of {entity.name} is there (found: {found}); "
            f"the first line must name the columns, at least {', '.join(entity.required_columns)}"
        ]
    return [
        f"{delivery.file}: {place}: required column {name} is missing; nothing of the file is "
        f"loaded: add the column (found: {', '.join(names)})"
        for name in entity.required_columns
        if name not in names
    ]
