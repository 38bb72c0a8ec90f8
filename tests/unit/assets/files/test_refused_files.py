"""Files that are refused as a whole: the message names file, place, column and what to do."""

from pathlib import Path

import duckdb
import pytest

from assets.files.reading import DeliveryError
from tests.support.deliveries import empty_database, load_inbox, write

REFUSED = {
    "missing required column": (
        "customers.csv",
        b"name,segment\nAino,small\n",
        ["customers.csv: line 1: required column customer_id is missing", "found: name, segment"],
    ),
    "missing required columns are all named": (
        "fx_rates.csv",
        b"currency\nUSD\n",
        ["required column rate_date is missing", "required column units_per_eur is missing"],
    ),
    "missing in JSON": (
        "customers.jsonl",
        b'{"name":"Aino"}\n',
        ["customers.jsonl: every line: required column customer_id is missing"],
    ),
    "0 bytes": ("customers.csv", b"", ["customers.csv: the file is empty", "remove it"]),
    "nothing but line ends": ("customers.csv", b"\n\r\n\n", ["customers.csv: the file is empty"]),
    "0 bytes packed": ("customers.csv.gz", b"", ["customers.csv.gz: the file is empty"]),
    "empty JSON": ("customers.jsonl", b"", ["customers.jsonl: the file is empty"]),
    "no header": (
        "customers.csv",
        b"1,Aino\n2,Baari\n",
        ["customers.csv: line 1: no column of customers is there (found: 1, aino)", "customer_id"],
    ),
    "the same column twice": (
        "customers.csv",
        b"customer_id,name, Name\n1,Aino,Baari\n",
        ["customers.csv: line 1: column name stands there 2 times", "rename or remove"],
    ),
    "Windows-1252": (
        "customers.csv",
        b"customer_id;name\n1;Aino\n2;J\xe4rvi Oy\n",
        ['line 3, column name: byte 0xE4 after 3 characters is not UTF-8 (it would be "\xe4"'],
    ),
    "Windows-1252 in JSON": (
        "customers.jsonl",
        b'{"customer_id":"1"}\n{"customer_id":"2","name":"J\xe4rvi"}\n',
        ["customers.jsonl: line 2, column name: byte 0xE4 after 28 characters is not UTF-8"],
    ),
    "cut inside a character": (
        "customers.csv",
        "customer_id,name\n1,Järvi\n2,\u20ac".encode()[:-1],
        ["customers.csv: line 3", "not UTF-8"],
    ),
    "UTF-16": (
        "customers.csv",
        "customer_id,name\n1,Aino\n".encode("utf-16"),
        ["customers.csv: line 1 is not UTF-8 but UTF-16", "save the file as UTF-8"],
    ),
    "UTF-16 without a mark": (
        "customers.csv",
        "customer_id,name\n1,Aino\n".encode("utf-16-le"),
        ["is not UTF-8 but UTF-16"],
    ),
    "no gzip": ("customers.csv.gz", None, ["customers.csv.gz: cannot be unpacked as gzip"]),
    "no Parquet": (
        "customers.parquet",
        b"customer_id,name\n1,Aino\n",
        ["customers.parquet: cannot be read as Parquet", "export the file again"],
    ),
    "empty Parquet": ("customers.parquet", b"", ["customers.parquet: the file is empty"]),
    "broken array": (
        "customers.json",
        b'[{"customer_id":"1"}, {"customer_id":',
        ["customers.json: cannot be read as JSON", "one object per line"],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_breaks_the_contract_is_refused_with_its_place(
    case: str, tmp_path: Path
) -> None:
    name, content, expected = REFUSED[case]
    if content is None:
        (tmp_path / name).write_bytes(b"customer_id,name\n1,Aino\n")
    else:
        write(tmp_path, {name: content})
    database = empty_database()
    with pytest.raises(DeliveryError) as refused:
        load_inbox(database, tmp_path)
    for part in expected:
        assert part in str(refused.value)
    assert database.execute("from meta.load").fetchall() == []
    tables = database.execute(
        "select table_name from duckdb_tables() where schema_name='raw_files'"
    ).fetchall()
    assert ("unparsed_line",) in tables
    for (table,) in tables:
        assert database.execute(f"from raw_files.{table}").fetchall() == []


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv.gz": "customer_id,name\n" + "1,Aino\n" * 5000})
    packed = (tmp_path / "customers.csv.gz").read_bytes()
    (tmp_path / "customers.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DeliveryError, match=r"customers.csv.gz: cannot be unpacked as gzip"):
        load_inbox(empty_database(), tmp_path)


def test_a_bad_byte_far_into_a_file_is_found_at_its_line(tmp_path: Path) -> None:
    lines = [f"{number},{'ä' * (number % 7)}" for number in range(2, 200_000)]
    lines[150_000] = "150002,abc\udcff"
    text = "customer_id,name\n" + "\n".join(lines)
    write(tmp_path, {"customers.csv": text.encode("utf-8", "surrogateescape")})
    with pytest.raises(
        DeliveryError, match=r"line 150002, column name: byte 0xFF after 10 characters"
    ):
        load_inbox(empty_database(), tmp_path)


def test_a_damaged_parquet_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    duckdb.sql(
        "select 'c' || hash(i) as customer_id, hash(i * 7) as x from range(20000) as r (i)"
    ).write_parquet(str(path))
    content = bytearray(path.read_bytes())
    content[200:4000] = bytes(3800)
    path.write_bytes(bytes(content))
    database = empty_database()
    with pytest.raises(DeliveryError, match=r"customers.parquet: cannot be read as Parquet"):
        load_inbox(database, tmp_path)
    assert database.execute("from meta.load").fetchall() == []


def test_the_problems_of_all_files_are_told_and_the_good_files_are_kept(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "agents.csv": b"agent_id,name\na1,J\xe4rvi\n",
            "customers.csv": "customer_id\nc1\n",
            "orders.csv": "",
        },
    )
    database = empty_database()
    with pytest.raises(DeliveryError) as refused:
        load_inbox(database, tmp_path)
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "agents.csv",
        "orders.csv",
    ]
    assert database.execute("select stream, rows_n from meta.load").fetchall() == [("customers", 1)]
