from pathlib import Path

from assets.files.discovery import Format, discover
from tests.support.deliveries import write


def test_files_and_folders_of_every_format_are_found_in_order_of_name(tmp_path: Path) -> None:
    names = [
        "Tickets.CSV",
        "agents.json.gz",
        "customers.parquet",
        "customers/2026/b.ndjson",
        "customers/2026/a.csv.gz",
        "invoices.tsv",
        "orders.txt",
        "people.jsonl",
    ]
    write(tmp_path, dict.fromkeys(names, "x"))
    found = discover(tmp_path)
    assert [(d.entity, d.file, d.format, d.is_gzip) for d in found.files] == [
        ("tickets", "Tickets.CSV", Format.CSV, False),
        ("agents", "agents.json.gz", Format.JSON, True),
        ("customers", "customers.parquet", Format.PARQUET, False),
        ("customers", "customers/2026/a.csv.gz", Format.CSV, True),
        ("customers", "customers/2026/b.ndjson", Format.JSON, False),
        ("invoices", "invoices.tsv", Format.CSV, False),
        ("orders", "orders.txt", Format.CSV, False),
        ("people", "people.jsonl", Format.JSON, False),
    ]
    assert found.warnings == ()


def test_hidden_files_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, {".DS_Store": "x", ".git/customers.csv": "x", "customers/.part.csv": "x"})
    found = discover(tmp_path)
    assert found.files == ()
    assert found.warnings == ()


def test_a_file_of_no_entity_is_a_warning_with_the_closest_name(tmp_path: Path) -> None:
    write(tmp_path, {"customer.csv": "x", "weather.csv": "x", "customers.xlsx": "x"})
    found = discover(tmp_path)
    assert found.files == ()
    customer, customers, weather = found.warnings
    assert customer == (
        'customer.csv: not read, as "customer" is no entity of the contract; '
        'did you mean "customers"?'
    )
    assert customers.startswith("customers.xlsx: not read, as its name ends in none of .csv, .tsv")
    assert weather == 'weather.csv: not read, as "weather" is no entity of the contract'
