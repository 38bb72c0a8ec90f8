"""The same company by files and by Stripe's API: equal canonical tables, entity by entity.

The account lives through the company's history while the connector reads it every four weeks, so
that spans of items and states come from the feed as they did in life.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.settings import Home
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.log import Log
from simulator.loopback import serving
from simulator.stripe.account import Account
from simulator.stripe.history import history, play
from tests.support.canonical import Calendar, company, differing, land_files
from tests.support.stripe_account import Reads, unhurried

_FOUR_WEEKS = 28 * 86_400
# Small, and with everything: tiers, metered items, a pause, prorations, credits, refunds, a price
# rise, terms, negotiated discounts, deleted customers.
_CUSTOMERS, _SEED = 24, 24

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
