"""Zendesk's own minutes beside ours: every difference has a reason, and the data give it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.settings import Home
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.loopback import serving
from simulator.zendesk.account import Account
from simulator.zendesk.objects import fill
from tests.support.canonical import Calendar, company
from tests.support.dbt import WarehouseUnderTest
from tests.support.service import SERVICE, build_service
from tests.support.zendesk_account import Reads, unhurried

RECONCILED = (*SERVICE[: SERVICE.index("fct_ticket") + 1], "dim_sla_policy", "vendor_ticket_time",
              "ticket_reconciliation")  # fmt: skip


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home
) -> Iterator[WarehouseUnderTest]:
    """A helpdesk of a thousand tickets behind Zendesk's API, up to the facts of its tickets."""
    account, clock = fill(Account(now=AS_OF + 3_600), simulate(600, 1)), Calendar()
    clock.passed = float(account.now)
    home = tmp_path_factory.mktemp("zendesk") / "home"
    with company(home, warehouse_template) as by_api:
        with serving(unhurried(account)) as served:
            Reads(by_api.warehouse.home.warehouse, clock).run(served.address)
        by_api.build()
        build_service(by_api.warehouse, models=RECONCILED)
        yield by_api.warehouse


def test_every_difference_is_explained(built: WarehouseUnderTest) -> None:
    found = dict(
        built.query("select reason, count(*) from core.ticket_reconciliation group by reason")
    )
    assert "unexplained" not in found, built.query(
        "select * from core.ticket_reconciliation where reason = 'unexplained' limit 5"
    )
    # Twelve figures of each ticket, and most of them the same.
    [(tickets_n,)] = built.query("select count(*) from core.fct_ticket")
    assert sum(found.values()) == 12 * tickets_n > 12_000
    assert found["equal"] > 0.9 * 12 * tickets_n
    assert found.keys() >= {"merged", "machine_reply", "opened_by_agent", "schedule"}


def test_what_is_equal_was_counted_by_both(built: WarehouseUnderTest) -> None:
    counted = built.query(
        "select metric, clock from core.ticket_reconciliation "
        "where reason = 'equal' and our_s > 0 and vendor_minutes > 0 group by all"
    )
    assert len(counted) == 12
    assert built.query(
        "select count(*) from core.ticket_reconciliation "
        "where reason = 'equal' and abs(difference_s) >= 60"
    ) == [(0,)]


def test_the_reasons_follow_their_rules(built: WarehouseUnderTest) -> None:
    built.run_dbt(["ticket_reconciliation"], command="test")
