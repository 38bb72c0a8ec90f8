"""Runs of the command line with Stripe beside contract files."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.billing.stripe.options import KEY_VARIABLE
from simulator.files import write_files
from simulator.loopback import serving
from simulator.stripe.server import Server
from tests.support.cli import rows_n, run_cli
from tests.support.stripe_account import small_account, small_log


def test_a_lost_permission_fails_the_run_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = small_account()
    monkeypatch.setenv(KEY_VARIABLE, account.key)
    inbox, home, sources = tmp_path / "inbox", tmp_path / "home", tmp_path / "sources.toml"
    inbox.mkdir()
    (inbox / "customers.csv").write_text("customer_id\nc\n", encoding="utf-8")
    write_files(inbox, {"fx_rates": [small_log().fx_rates]}, "csv")
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
        assert rows_n(home, "raw_stripe.customers") == 60
        assert rows_n(home, "raw_files.customers") == 1
        assert rows_n(home, "raw_stripe.invoices") == 0

        account.scopes_missing.clear()
        whole = run_cli(home, *arguments)
    assert whole.returncode == 0, whole.stderr
    invoices_n = len(small_log().invoices)
    assert f"stripe invoices: {invoices_n} new versions" in whole.stderr
    assert "stripe customers: " not in whole.stderr
    assert rows_n(home, "raw_stripe.invoices") == invoices_n
    assert account.key not in failed.stderr + whole.stderr
    # And it is built and published with what the files brought.
    assert rows_n(home, "canonical.invoices where source = 'stripe'") == invoices_n
    assert rows_n(home, "canonical.customers where source = 'files'") == 1
    assert (
        rows_n(home, "meta.row_account where entity = 'invoice_lines' and source = 'stripe'") == 1
    )
    paying = "metric_id = 'mrr_eur' and period_start = '2026-06-01' and dim_name = 'all'"
    assert rows_n(home, f"marts.metric_value where {paying} and value > 0") == 1
