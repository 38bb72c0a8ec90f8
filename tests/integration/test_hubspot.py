"""Runs of the command line with HubSpot beside contract files."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.crm.hubspot.options import TOKEN_VARIABLE
from simulator.hubspot.server import Server
from simulator.loopback import serving
from tests.support.cli import rows_n, run_cli
from tests.support.hubspot_portal import small_log, small_portal


# In each test run test_demo_by_api.py does as much with a larger portal.
@pytest.mark.soak
def test_a_run_lands_the_portal_and_the_next_one_finds_nothing_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = small_portal()
    monkeypatch.setenv(TOKEN_VARIABLE, portal.token)
    inbox, home, sources = tmp_path / "inbox", tmp_path / "home", tmp_path / "sources.toml"
    inbox.mkdir()
    (inbox / "services.csv").write_text("service\ntalous\n", encoding="utf-8")
    arguments = ("--sources", sources, "--as-of", "2026-07-10")
    with serving(Server(portal)) as served:
        sources.write_text(
            f'[files]\ninbox = "inbox"\n[hubspot]\nbase_url = "{served.address}"\n'
            f"account = {portal.number}\n",
            encoding="utf-8",
        )
        first = run_cli(home, *arguments)
        assert first.returncode == 0, first.stderr
        assert "hubspot companies: 59 new versions" in first.stderr
        assert rows_n(home, "raw_hubspot.companies") == 60
        assert rows_n(home, "raw_hubspot.associations_deals_line_items") == 43
        assert rows_n(home, "canonical.deals where source = 'hubspot'") == 43
        answers = [a for a in small_log().survey_responses if a.ticket_id is None]
        assert rows_n(home, "canonical.survey_responses") == len(answers) == 272
        known = len([answer for answer in answers if answer.person_id])
        assert rows_n(home, "canonical.survey_responses where customer_id is not null") == known > 0
        # The service that both name stands once, and is accounted for in both.
        assert rows_n(home, "canonical.services where service = 'talous'") == 1
        account = "meta.row_account where entity = 'services' and rows_in"
        assert rows_n(home, f"{account} = rows_current + rows_superseded") == 2
        assert rows_n(home, f"{account} > rows_current") == 1
        asked = len(served.requests)
        second = run_cli(home, *arguments)
        assert served.most_in(10.0) <= 100
    assert second.returncode == 0, second.stderr
    assert "hubspot: nothing new" in second.stderr
    assert len(served.requests) - asked <= 40
    assert portal.token not in first.stderr + second.stderr
