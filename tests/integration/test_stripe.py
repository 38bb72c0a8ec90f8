"""Runs of the command line with Stripe beside contract files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from assets.billing.stripe.options import KEY_VARIABLE
from simulator.loopback import serving
from simulator.stripe.server import Server
from tests.support.cli import run_cli
from tests.support.stripe_account import small_account


def test_a_lost_permission_fails_the_run_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = small_account()
    monkeypatch.setenv(KEY_VARIABLE, account.key)
    inbox, home, sources = tmp_path / "inbox", tmp_path / "home", tmp_path / "sources.toml"
    inbox.mkdir()
    (inbox / "customers.csv").write_text("customer_id\nc\n", encoding="utf-8")
    arguments = ("--sources", sources, "--as-of", "2026-07-10")
    account.scopes_missing.add("rak_invoice_read")
    with serving(Server(account)) as served:
        sources.write_text(
            f'[files]\ninbox = "inbox"\n[stripe]\nbase_url = "{served.address}"\n', encoding="utf-8"
        )
        failed = run_cli(home, *arguments)
        assert failed.returncode == 1
        assert "stripe invoices: the key lacks rak_invoice_read" in failed.stderr
        # What could be read has landed, of Stripe and of the files.
        assert rows(home, "raw_stripe.customers") == 60
        assert rows(home, "raw_files.customers") == 1
        assert rows(home, "raw_stripe.invoices") == 0

        account.scopes_missing.clear()
        whole = run_cli(home, *arguments)
    assert whole.returncode == 0, whole.stderr
    assert "stripe invoices: 462 new versions" in whole.stderr
    assert "stripe customers" not in whole.stderr
    assert rows(home, "raw_stripe.invoices") == 462
    assert account.key not in failed.stderr + whole.stderr


def rows(home: Path, table: str) -> int:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        [(count,)] = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)
