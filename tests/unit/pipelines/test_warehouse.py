import hmac
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.contract import contract
from pipelines.settings import Home
from pipelines.warehouse import (
    WarehouseBusyError,
    canonical_columns,
    connect,
    create_empty_tables,
    pseudonym_key,
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_the_key_is_made_once_and_readable_by_its_owner_only(home: Home) -> None:
    key = pseudonym_key(home)
    assert len(key) == 32
    assert pseudonym_key(home) == key
    assert home.key_file.stat().st_mode & 0o777 == 0o600


def test_sql_pseudonyms_are_hmac_sha256(home: Home) -> None:
    with connect(home) as connection:
        row = connection.execute(
            "select sha256(getvariable('hmac_outer') "
            "|| unhex(sha256(getvariable('hmac_inner') || encode('agent-7'))))"
        ).fetchone()
    assert row == (hmac.new(pseudonym_key(home), b"agent-7", "sha256").hexdigest(),)


def test_every_entity_has_a_typed_empty_canonical_table(home: Home) -> None:
    with connect(home) as connection:
        create_empty_tables(connection)
        create_empty_tables(connection)
        for entity in contract().values():
            described = connection.execute(f"describe canonical.{entity.name}").fetchall()
            assert [row[0] for row in described] == list(canonical_columns(entity))
            assert connection.execute(f"from canonical.{entity.name}").fetchall() == []
    assert len(contract()) == 40


def test_free_text_never_reaches_canonical() -> None:
    assert "comment" not in canonical_columns(contract()["survey_responses"])


def test_a_warehouse_in_use_by_another_process_says_so(home: Home) -> None:
    with connect(home):
        pass
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb, sys; held = duckdb.connect({str(home.warehouse)!r}); "
            "print('open', flush=True); sys.stdin.read()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with (
            pytest.raises(WarehouseBusyError, match="run the same command again"),
            connect(home),
        ):
            pass
    finally:
        holder.communicate(timeout=10)
