from pathlib import Path

import duckdb
import pytest

from assets.files import csv_rows
from tests.support.deliveries import NOW, empty_database, load_inbox, write


def _loads(database: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return database.execute(
        "select load_id, stream, file, rows_n, unparsed_n from meta.load order by load_id"
    ).fetchall()


def test_a_load_is_recorded_with_what_landed(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id,name\nc1,Aino\nc2,a,b\n"})
    database = empty_database()
    said: list[str] = []
    [result] = load_inbox(database, tmp_path, said=said)
    assert (result.load_id, result.rows_n, result.unparsed_n) == (1, 1, 1)
    assert said == [
        "customers.csv: 1 rows",
        "warning: customers.csv: 1 lines could not be parsed; they are in quarantine.customers",
    ]
    row = database.execute(
        "select run_id, source, stream, file, length(content_hash), loaded_at, built_run_id "
        "from meta.load"
    ).fetchone()
    assert row == ("run-1", "files", "customers", "customers.csv", 64, NOW, None)
    landed = database.execute(
        "select file, content_hash = (select content_hash from meta.load), load_id, loaded_at "
        "from raw_files.customers"
    ).fetchone()
    assert landed == ("customers.csv", True, 1, NOW)


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id\nc1\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    [again] = load_inbox(database, tmp_path)
    assert again.load_id is None
    assert _loads(database) == [(1, "customers", "customers.csv", 1, 0)]


def test_the_same_content_under_another_name_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id\nc1\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    write(tmp_path, {"customers/copy.csv": "customer_id\nc1\n"})
    load_inbox(database, tmp_path)
    assert _loads(database) == [(1, "customers", "customers.csv", 1, 0)]


def test_the_same_content_for_two_entities_is_loaded_for_both(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id,agent_id\n1,2\n"})
    write(tmp_path, {"agents.csv": "customer_id,agent_id\n1,2\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    assert [entity for _, entity, *_ in _loads(database)] == ["agents", "customers"]


def test_a_corrected_file_and_the_return_of_the_first_are_both_loaded(tmp_path: Path) -> None:
    database = empty_database()
    for content in ("customer_id\nc1\n", "customer_id\nc1\nc2\n", "customer_id\nc1\n"):
        write(tmp_path, {"customers.csv": content})
        load_inbox(database, tmp_path)
    assert [rows_n for _, _, _, rows_n, _ in _loads(database)] == [1, 2, 1]


def test_a_folder_and_a_file_of_one_entity_are_all_loaded(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "customers.csv": "customer_id\nc1\n",
            "customers/a.csv.gz": "customer_id\nc2\n",
            "customers/b.jsonl": '{"customer_id":"c3"}\n',
        },
    )
    database = empty_database()
    load_inbox(database, tmp_path)
    rows = database.execute(
        "select customer_id, file, load_id from raw_files.customers order by all"
    )
    assert rows.fetchall() == [
        ("c1", "customers.csv", 1),
        ("c2", "customers/a.csv.gz", 2),
        ("c3", "customers/b.jsonl", 3),
    ]


def test_an_inbox_whose_name_looks_like_a_pattern_is_read(tmp_path: Path) -> None:
    inbox = write(tmp_path / "in*box [1]?", {"customers.csv": "customer_id\nc1\n"})
    database = empty_database()
    assert [result.rows_n for result in load_inbox(database, inbox)] == [1]


def test_new_and_vanished_columns_are_drift(tmp_path: Path) -> None:
    database = empty_database()
    said: list[str] = []
    for content in (
        "customer_id,name,colour\nc1,Aino,red\n",
        "customer_id,colour,size\nc1,red,L\n",
        "customer_id,colour,size\nc2,red,L\n",
    ):
        write(tmp_path, {"customers.csv": content})
        load_inbox(database, tmp_path, said=said)
    drift = database.execute("select column_name, change from meta.drift order by rowid").fetchall()
    assert drift == [("colour", "new"), ("size", "new"), ("name", "gone")]
    assert "warning: customers.csv: column size is not in the contract; it is kept in raw" in said


def test_a_load_that_dies_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    write(tmp_path, {"customers.csv": "customer_id,name\nc1,Aino\nc2,a,b\n"})
    database = empty_database()
    with monkeypatch.context() as patched:
        patched.setattr(csv_rows, "_move_down", die)
        with pytest.raises(Killed):
            load_inbox(database, tmp_path)
    assert _loads(database) == []
    assert database.execute("from raw_files.unparsed_line").fetchall() == []
    assert [result.load_id for result in load_inbox(database, tmp_path)] == [1]


def test_many_files_load_in_order_of_their_names(tmp_path: Path) -> None:
    write(tmp_path, {f"customers/{n}.csv": f"customer_id\nc{n}\n" for n in (3, 1, 2)})
    database = empty_database()
    load_inbox(database, tmp_path)
    assert [file for _, _, file, *_ in _loads(database)] == [
        "customers/1.csv",
        "customers/2.csv",
        "customers/3.csv",
    ]
