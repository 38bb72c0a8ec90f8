from pathlib import Path

from pipelines.row_account import account
from tests.support.deliveries import empty_database, load_inbox, write


def test_a_row_that_is_nowhere_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id,name\nc1,a\nc2,b\nc3,c\nc4,d\nc5,e,f\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    database.execute(
        "insert into canonical.customers (customer_id, load_id, changed_load_id, versions_n) "
        "values ('c1', 1, 1, 2)"
    )
    database.execute("create table quarantine.customers as select 1 as load_id")
    database.execute(
        "create view staging.stg_files__customers as "
        "select *, null as reasons from (from raw_files.customers where false)"
    )
    account(database, "run-1")
    account(database, "run-1")
    assert database.execute("from meta.row_account").fetchall() == [
        ("run-1", "customers", "files", 5, 1, 1, 1)
    ]


def test_an_entity_whose_file_has_a_header_alone_is_balanced(tmp_path: Path) -> None:
    write(tmp_path, {"customers.csv": "customer_id\n"})
    database = empty_database()
    load_inbox(database, tmp_path)
    account(database, "run-1")
    assert database.execute("from meta.row_account").fetchall() == [
        ("run-1", "customers", "files", 0, 0, 0, 0)
    ]
