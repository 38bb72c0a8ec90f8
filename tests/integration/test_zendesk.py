"""Runs of the command line with Zendesk beside contract files."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.helpdesk.zendesk.options import EMAIL_VARIABLE, OAUTH_VARIABLE, TOKEN_VARIABLE
from assets.helpdesk.zendesk.streams import USUAL
from simulator.loopback import serving
from simulator.zendesk.server import Server
from tests.support.cli import rows_n, run_cli
from tests.support.zendesk_account import DAY_S, small_account


def test_what_the_plan_lacks_fails_the_run_and_the_next_one_says_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = small_account()
    account.now += DAY_S
    monkeypatch.delenv(OAUTH_VARIABLE, raising=False)
    monkeypatch.setenv(EMAIL_VARIABLE, account.email)
    monkeypatch.setenv(TOKEN_VARIABLE, account.token)
    inbox, home, sources = tmp_path / "inbox", tmp_path / "home", tmp_path / "sources.toml"
    inbox.mkdir()
    (inbox / "customers.csv").write_text("customer_id\nc\n", encoding="utf-8")
    arguments = ("--sources", sources, "--as-of", "2026-07-10")
    account.plans_missing |= {"calls", "legs"}
    with serving(Server(account, exports_per_minute=100)) as served:
        sources.write_text(
            f'[files]\ninbox = "inbox"\n[zendesk]\nbase_url = "{served.address}"\n'
            "exports_per_minute = 100\nrequests_per_minute = 600\n",
            encoding="utf-8",
        )
        failed = run_cli(home, *arguments)
        assert failed.returncode == 1
        assert "zendesk calls: nothing is there" in failed.stderr
        # What could be read has landed, of Zendesk and of the files.
        assert rows_n(home, "raw_zendesk.tickets") == len(account.objects["tickets"])
        assert rows_n(home, "raw_files.customers") == 1

        account.plans_missing.clear()
        whole = run_cli(home, *arguments)
        assert whole.returncode == 0, whole.stderr
        assert f"zendesk calls: {len(account.objects['calls'])} new versions" in whole.stderr
        assert "zendesk tickets:" not in whole.stderr
        asked = len(served.requests)
        again = run_cli(home, *arguments)
        assert len(served.requests) - asked <= 2 * len(USUAL)
    assert (again.returncode, "zendesk: nothing new" in again.stderr) == (0, True)
    for stream in USUAL:
        assert rows_n(home, f"raw_zendesk.{stream.name}") == len(account.objects[stream.name])
    assert account.token not in failed.stderr + whole.stderr + again.stderr
