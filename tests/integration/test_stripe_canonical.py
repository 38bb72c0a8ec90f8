"""The same company by files and by Stripe's API: equal canonical tables, entity by entity.

The account lives through the company's history while the connector reads it every four weeks, so
that spans of items and states come from the feed as they did in life. Who reads it for the first
time when all is over learns the same from what was billed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.settings import Home
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.log import Log
from simulator.loopback import serving
from simulator.stripe.account import Account
from simulator.stripe.history import history, play
from simulator.stripe.objects import fill
from simulator.truth.balances import PAID_STATES, states_of
from simulator.vendors import told
from tests.support.canonical import Calendar, Rows, company, differing, land_files
from tests.support.stripe_account import Reads, unhurried

_FOUR_WEEKS = 28 * 86_400
# Small, and with everything: tiers, metered items, a pause, prorations, credits, refunds, a price
# rise, terms, negotiated discounts, deleted customers.
_CUSTOMERS, _SEED = 24, 24
_MANY = 150

PLAIN_ID = "regexp_replace(id, '^(cus|sub|si|in|di|ch|re|cn)_', '')"
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


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(_CUSTOMERS, _SEED)


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
        expected = by_files.says(SAYINGS, PLAIN_ID)
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
        bit_by_bit = by_api.says(SAYINGS, PLAIN_ID)
        by_api.build(is_full=True)
        at_once = by_api.says(SAYINGS, PLAIN_ID)
    assert differing(expected, at_once) == {}
    assert differing(expected, bit_by_bit) == {}


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


@pytest.mark.parametrize(
    "seed", [3, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 24))]
)
def test_read_for_the_first_time_the_past_is_what_it_was(
    tmp_path: Path, warehouse_template: Home, seed: int
) -> None:
    # Of dunning nothing is left but invoices and payments, nor since when one is unpaid.
    log = told(replace(simulate(_MANY, seed), subscription_states=[]))
    account = fill(Account(now=AS_OF), log)
    with company(tmp_path / "home", warehouse_template) as by_api:
        land_files(by_api.warehouse, tmp_path / "rates", log, "fx_rates")
        clock = Calendar()
        clock.passed = float(AS_OF)
        reads = Reads(by_api.warehouse.home.warehouse, clock)
        with serving(unhurried(account)) as served:
            reads.run(served.address)
        by_api.build()
        found = by_api.warehouse.query("""
            select
                substr(item.item_id, 4),
                greatest(item.valid_from, state.valid_from),
                least(item.valid_to, state.valid_to),
                item.price_id, item.quantity, item.unit_price, item.permanent_discount_rate,
                item.permanent_discount_amount
            from canonical.subscription_items as item
            inner join canonical.subscription_states as state
                on item.subscription_id = state.subscription_id
                and item.valid_from < coalesce(state.valid_to, 'infinity')
                and state.valid_from < coalesce(item.valid_to, 'infinity')
            inner join canonical.subscriptions as subscription
                on item.subscription_id = subscription.subscription_id
                and subscription.status <> 'unpaid'
            where state.status in ('active', 'past_due') and item.is_metered is not true
        """)
    assert merged(found) == merged(paid_for(log))


def paid_for(log: Log) -> Rows:
    """Items of the log in the times in which they were paid for."""
    states, subscriptions = states_of(log, AS_OF), {s.subscription_id: s for s in log.subscriptions}
    return [
        (
            item.item_id,
            max(item.valid_from, state.valid_from),
            min(ends) if ends else None,
            item.price_id,
            item.quantity,
            item.unit_price,
            item.permanent_discount_rate,
            item.permanent_discount_amount,
        )
        for item in log.subscription_items
        for state in states[item.subscription_id]
        if state.status in PAID_STATES
        and not item.is_metered
        and subscriptions[item.subscription_id].status != "unpaid"
        for ends in [
            [
                end
                for end in (
                    item.valid_to,
                    state.valid_to,
                    subscriptions[item.subscription_id].ended_at,
                )
                if end is not None
            ]
        ]
    ]


def merged(rows: Rows) -> Rows:
    """Spans up to now, without those of no length, and one where nothing changed."""
    spans: Rows = []
    for row in sorted(rows, key=lambda row: (row[0], _second(row[1]))):
        item_id, since, until, *terms = row
        begin, end = _second(since), AS_OF if until is None else min(_second(until), AS_OF)
        if end <= begin:
            continue
        if spans and spans[-1][0] == item_id and spans[-1][2:] == (begin, *terms):
            begin = spans.pop()[1]
        spans.append((item_id, begin, end, *terms))
    return spans


def _second(instant: int | datetime) -> int:
    return instant if isinstance(instant, int) else int(instant.timestamp())
