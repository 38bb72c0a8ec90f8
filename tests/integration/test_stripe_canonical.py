"""The same company by files and by Stripe's API: equal canonical tables, entity by entity.

The account lives through the company's history while the connector reads it every four weeks, so
that spans of items and states come from the feed as they did in life.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assets.files.discovery import discover
from assets.files.loading import load
from pipelines.dbt import ensure_parsed, manifest_json
from pipelines.plan import CANONICAL_SCHEMAS, Plan, begin_run, finish_run, make_plan, nodes_to_build
from pipelines.row_account import account as write_account
from pipelines.settings import Home, Settings, default_parameters
from simulator.company import AS_OF
from simulator.files import write_files
from simulator.generate import simulate
from simulator.log import Log
from simulator.loopback import serving
from simulator.stripe.account import Account
from simulator.stripe.history import history, play
from tests.support.build import check_account
from tests.support.clock import FakeClock
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.stripe_account import Reads, unhurried

Rows = list[tuple[Any, ...]]

_FOUR_WEEKS = 28 * 86_400
# Small, and with everything: tiers, metered items, a pause, prorations, credits, refunds, a price
# rise, terms, negotiated discounts, deleted customers.
_CUSTOMERS, _SEED = 24, 24

# What an entity says by both ways; `_` stands for the id without Stripe's prefix. Left out is what
# has no place in Stripe or no meaning beyond its source: times of change, discounts that the log
# knows as amounts alone, and the shop's service.
SAYINGS = {
    "services": """
        select service, churn_model, inactivity_days, gross_margin_rate
        from _ where service <> 'kauppa'
    """,
    "customers": """
        select
            _(customer_id), name, customer_type, segment, region, country, acquisition_source,
            _(referred_by_customer_id), business_id, coalesce(is_internal, false), created_at,
            coalesce(is_deleted, false), case when is_deleted then updated_at end
        from _
    """,
    "customers_version": """
        select
            _(customer_id), segment, coalesce(is_deleted, false),
            case when count(valid_from) = count(*) then min(valid_from) end
        from _ group by customer_id, segment, coalesce(is_deleted, false)
    """,
    "prices": """
        select
            price_id, plan, service, currency, interval_unit, interval_count,
            coalesce(tier_from_quantity, 1), list_unit_price, target_unit_price, valid_from,
            valid_to
        from _
    """,
    # One that ends the moment it is asked for is not told from one that ends by itself.
    "subscriptions": """
        select
            _(subscription_id), _(customer_id), service, plan, branch, status, started_at,
            trial_start_at, trial_end_at, nullif(cancel_requested_at, ended_at), ended_at,
            end_reason, committed_term_months, currency
        from _
    """,
    "subscription_items": """
        select
            _(item_id), _(subscription_id), price_id, plan, valid_from, valid_to, quantity,
            unit_price, currency, interval_unit, interval_count, permanent_discount_rate,
            permanent_discount_amount, is_metered
        from _
    """,
    "subscription_states": "select _(subscription_id), status, valid_from, valid_to from _",
    "subscription_pauses": "select _(subscription_id), paused_from, paused_to from _",
    "discounts": """
        select
            _(discount_id), scope, _(scope_id), coupon, kind, value, currency, duration, starts_at,
            ends_at
        from _ where discount_id not like '%granted%'
    """,
    "invoices": """
        select
            _(invoice_id), _(customer_id), _(subscription_id), issued_on, due_on, status, currency,
            invoice_discount_amount, total_excl_tax, tax_amount
        from _
    """,
    "invoice_lines": """
        select
            _(invoice_id), line_no, _(subscription_id), price_id, service, plan, sales_channel,
            sales_team, service_from, service_to, quantity, unit_price, line_discount_amount,
            coalesce(
                net_amount,
                quantity * unit_price * coalesce(proration_factor, 1)
                - coalesce(line_discount_amount, 0)
            )::decimal(18, 2),
            tax_amount, is_recurring, is_proration, proration_factor::decimal(18, 4),
            list_unit_price, currency
        from _
    """,
    "credit_note_lines": """
        select
            _(credit_note_id), line_no, _(invoice_id), invoice_line_no, issued_on, reason,
            net_amount, currency
        from _
    """,
    "payments": """
        select _(payment_id), _(invoice_id), paid_at, amount, currency, status, failure_code from _
    """,
}


class Company:
    """One warehouse that loads are built into as runs would."""

    def __init__(self, warehouse: WarehouseUnderTest) -> None:
        self.warehouse = warehouse
        self._settings = Settings(
            warehouse.home,
            default_parameters(),
            as_of=datetime.fromtimestamp(AS_OF, UTC),
        )
        self._runs_n = 0

    def build(self, is_full: bool = False) -> Plan:
        """Everything from staging to canonical that the loads since the last time ask for."""
        self._runs_n += 1
        run_id = f"run-{self._runs_n}"
        connection = self.warehouse.connection
        plan = make_plan(connection, self._settings, run_id, is_published=True)
        if is_full:
            plan = replace(plan, rebuild_canonical=True)
        begin_run(connection, plan, datetime.fromtimestamp(self._runs_n, UTC))
        nodes = nodes_to_build(manifest_json(), plan, CANONICAL_SCHEMAS).values()
        self.warehouse.run_dbt(
            set(nodes) - {"currency", "metric_catalogue"}, plan.rebuild_canonical
        )
        write_account(connection, run_id)
        check_account(self.warehouse, run_id)
        connection.execute("update meta.load set built_run_id = ?", [run_id])
        finish_run(connection, run_id, "published", datetime.fromtimestamp(self._runs_n, UTC))
        return plan

    def says(self) -> dict[str, Rows]:
        """What canonical says of each entity, in the same words whatever its source."""
        self.warehouse.connection.execute(
            "create or replace temp macro _(id) as "
            "regexp_replace(id, '^(cus|sub|si|in|di|ch|re|cn)_', '')"
        )
        return {
            entity: self.warehouse.query(
                f"{query.replace('from _', f'from canonical.{entity}')} order by all"
            )
            for entity, query in SAYINGS.items()
        }


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(_CUSTOMERS, _SEED)


@contextmanager
def company(home: Path, template: Home) -> Iterator[Company]:
    ensure_parsed()
    with open_copy(template, Home(home)) as warehouse:
        yield Company(warehouse)


def land_files(warehouse: WarehouseUnderTest, folder: Path, log: Log, *entities: str) -> None:
    write_files(folder, {entity: [getattr(log, entity)] for entity in entities}, "csv")
    load(warehouse.connection, discover(folder), "files", datetime.fromtimestamp(AS_OF, UTC))


def test_files_and_api_give_the_same_company_at_once_and_bit_by_bit(
    tmp_path: Path, warehouse_template: Home, log: Log
) -> None:
    with company(tmp_path / "files", warehouse_template) as by_files:
        land_files(
            by_files.warehouse, tmp_path / "inbox", log, "fx_rates", "customers", "services",
            "prices", "subscriptions", "subscription_items", "subscription_states",
            "subscription_pauses", "discounts", "invoices", "invoice_lines", "credit_note_lines",
            "payments",
        )  # fmt: skip
        by_files.build()
        expected = by_files.says()
    assert all(len(rows) > 0 for rows in expected.values())

    with company(tmp_path / "api", warehouse_template) as by_api:
        land_files(by_api.warehouse, tmp_path / "rates", log, "fx_rates")
        plans = []
        for poll in live_through(by_api.warehouse.home, log):
            if poll in (24, 40, None):
                plans.append(by_api.build())
        # The first with the prices that were raised meanwhile, the last with new rows alone.
        assert [plan.rebuild_canonical for plan in plans] == [True, True, False]
        assert "changed stripe prices" in plans[1].reason
        bit_by_bit = by_api.says()
        by_api.build(is_full=True)
        at_once = by_api.says()
    assert differing(expected, at_once) == {}
    assert differing(expected, bit_by_bit) == {}


def differing(
    expected: Mapping[str, Rows], found: Mapping[str, Rows]
) -> dict[str, tuple[Rows, Rows]]:
    """By entity, some rows that are only in the one, and some that are only in the other."""
    return {
        entity: ([r for r in rows if r not in found[entity]][:3],
                 [r for r in found[entity] if r not in rows][:3])
        for entity, rows in expected.items()
        if rows != found[entity]
    }  # fmt: skip


def live_through(home: Home, log: Log) -> Iterator[int | None]:
    """Let the account live and be read every four weeks; yields each reading, the last as None."""
    changes = history(log)
    at = changes[0].at - 1
    account, clock = Account(now=at), Calendar()
    reads = Reads(home.warehouse, clock, sweep_days=10_000)
    poll = 0
    with serving(unhurried(account)) as served:
        while at < AS_OF:
            at = min(at + _FOUR_WEEKS, AS_OF) if poll else at
            changes = play(account, changes, at)
            clock.passed = float(at)
            reads.run(served.address)
            poll += 1
            yield poll if at < AS_OF else None


class Calendar(FakeClock):
    """Goes on by a little whenever it is looked at, as clocks do."""

    def __init__(self) -> None:
        super().__init__(datetime.fromtimestamp(0, UTC))

    def now(self) -> datetime:
        self.passed += 1e-5
        return super().now()
