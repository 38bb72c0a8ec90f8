"""What common packages for recurring revenue get wrong, one test for each mistake.

Every case is one customer in one company, built once; the last closed month is June 2026. Each
test reads the customer's movements, or its row at a month's end.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines.settings import Home
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.money import Company, at, build_money, put

MODELS = (
    "dim_month", "dim_fx_rate", "dim_fx_month", "changed_customer", "new_input_customer",
    "revalued_customer", "former_owner", "foreign_payer", "first_invoice", "customer_version",
    "price_version",
    "item_version", "permanent_discount", "discounted_item_span", "fct_item_period",
    "invoice_line_amount", "invoice_discount_share", "contract_target", "deal_price",
    "delivered_state",
    "invoice_line_price", "fct_billed_line", "credit_document", "fct_invoice", "overdue_span",
    "paid_through", "subscription_span", "subscription_base_state", "subscription_overlay",
    "fct_subscription_state", "fct_paid_period", "fct_customer_start", "balance_period",
    "balance_span", "fct_subscription_month", "fct_customer_month", "service_month", "mrr_movement",
)  # fmt: skip


def company() -> Company:
    """One customer per mistake; the name of the customer says which."""
    return {
        "customers": [
            {"customer_id": name, "segment": name}
            for name in (
                "trial", "cancelled", "daily", "dollars", "returned", "veteran", "swapped",
                "deleted", "free_month", "paused",
            )
        ],
        "subscriptions": [
            {"subscription_id": "trial", "status": "trialing", "started_at": at("2026-03-05"),
             "trial_start_at": at("2026-03-05"), "trial_end_at": at("2026-05-05"),
             "ended_at": at("2026-05-05")},
            {"subscription_id": "cancelled", "started_at": at("2026-01-01"), "status": "canceled",
             "cancel_requested_at": at("2026-03-02"), "ended_at": at("2026-03-15")},
            {"subscription_id": "daily", "started_at": at("2026-01-01")},
            {"subscription_id": "dollars", "started_at": at("2026-01-01"), "currency": "USD"},
            {"subscription_id": "returned", "started_at": at("2026-01-01"),
             "ended_at": at("2026-03-01")},
            {"subscription_id": "returned-again", "started_at": at("2026-05-10")},
            {"subscription_id": "veteran", "started_at": at("2015-01-01")},
            {"subscription_id": "swapped", "started_at": at("2026-01-01"), "plan": "pro"},
            {"subscription_id": "deleted", "started_at": at("2026-01-01"), "is_deleted": True,
             "updated_at": at("2026-04-10")},
            {"subscription_id": "free_month", "started_at": at("2026-01-01")},
            {"subscription_id": "paused", "started_at": at("2026-01-01")},
        ],
        "subscription_items": [
            {"subscription_id": "trial", "valid_from": at("2026-03-05")},
            {"subscription_id": "cancelled", "valid_from": at("2026-01-01")},
            {"subscription_id": "daily", "valid_from": at("2026-01-01"), "unit_price": 1,
             "interval_unit": "day"},
            {"subscription_id": "dollars", "valid_from": at("2026-01-01"), "unit_price": 120,
             "currency": "USD"},
            {"subscription_id": "returned", "valid_from": at("2026-01-01")},
            {"subscription_id": "returned-again", "valid_from": at("2026-05-10"),
             "unit_price": 150},
            {"subscription_id": "veteran", "valid_from": at("2015-01-01")},
            {"subscription_id": "swapped", "valid_from": at("2026-01-01"), "plan": "basic",
             "valid_to": at("2026-03-10")},
            {"subscription_id": "swapped", "valid_from": at("2026-03-10"), "plan": "pro"},
            {"subscription_id": "deleted", "valid_from": at("2026-01-01")},
            {"subscription_id": "free_month", "valid_from": at("2026-01-01")},
            {"subscription_id": "paused", "valid_from": at("2026-01-01")},
        ],
        "subscription_pauses": [
            {"subscription_id": "paused", "paused_from": at("2026-03-10"),
             "paused_to": at("2026-03-20")},
        ],
        "discounts": [
            {"discount_id": "d1", "scope": "subscription", "scope_id": "free_month",
             "kind": "percent", "value": 100, "duration": "repeating",
             "starts_at": at("2026-03-01"), "ends_at": at("2026-04-01")},
        ],
        "fx_rates": [
            {"currency": "USD", "rate_date": date(2025, 12, 31), "units_per_eur": Decimal("1.20")},
        ],
    }  # fmt: skip


def complete(rows: Company) -> Company:
    """What every row of the case has in common."""
    return {
        **rows,
        "subscriptions": [
            {"customer_id": row["subscription_id"].removesuffix("-again"), **row}
            for row in rows["subscriptions"]
        ],
        "subscription_items": [
            {"item_id": f"{row['subscription_id']}-{number}", "unit_price": 100, **row}
            for number, row in enumerate(rows["subscription_items"])
        ],
    }


@pytest.fixture(scope="module")
def built(
    warehouse_template: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WarehouseUnderTest]:
    """The company, built."""
    home = Home(tmp_path_factory.mktemp("others") / "home")
    with open_copy(warehouse_template, home) as warehouse:
        put(warehouse, complete(company()))
        build_money(warehouse, at("2026-07-05"), MODELS)
        yield warehouse


def movements(built: WarehouseUnderTest, customer_id: str) -> list[tuple[str, str, Any]]:
    """(month, movement, closing MRR) of the months of 2026 in which something moved."""
    return [
        (f"{month:%Y-%m}", movement, closing)
        for month, movement, closing in built.query(
            "select month, movement, closing_mrr_eur from core.fct_customer_month "
            "where customer_id = ? and movement <> 'none' and month >= '2026-01-01' "
            "order by month nulls last",
            [customer_id],
        )
    ]


def closing(built: WarehouseUnderTest, customer_id: str, month: str) -> Any:
    rows = built.query(
        "select closing_mrr_eur from core.fct_customer_month where customer_id = ? and month = ?",
        [customer_id, f"{month}-01"],
    )
    return rows[0][0] if rows else None


def test_a_trial_is_no_new_revenue(built: WarehouseUnderTest) -> None:
    assert movements(built, "trial") == []


def test_a_subscription_cancelled_mid_period_has_no_mrr_after_its_end(
    built: WarehouseUnderTest,
) -> None:
    assert movements(built, "cancelled") == [("2026-01", "new", 100), ("2026-03", "churn", 0)]
    assert closing(built, "cancelled", "2026-02") == 100
    assert closing(built, "cancelled", "2026-04") is None


def test_a_daily_plan_is_worth_a_twelfth_of_a_year_of_days(built: WarehouseUnderTest) -> None:
    assert closing(built, "daily", "2026-02") == Decimal("30.416667")


def test_another_currency_is_converted(built: WarehouseUnderTest) -> None:
    assert closing(built, "dollars", "2026-06") == 100


def test_who_comes_back_at_a_higher_price_is_a_reactivation_and_no_expansion(
    built: WarehouseUnderTest,
) -> None:
    assert movements(built, "returned") == [
        ("2026-01", "new", 100),
        ("2026-03", "churn", 0),
        ("2026-05", "reactivation", 150),
    ]


def test_a_customer_older_than_every_invoice_and_rate_is_there(built: WarehouseUnderTest) -> None:
    assert movements(built, "veteran") == []
    assert closing(built, "veteran", "2026-06") == 100
    (first,) = built.query(
        "select month, movement from core.fct_customer_month where customer_id = 'veteran' "
        "order by month nulls last limit 1"
    )
    assert first == (date(2015, 1, 1), "new")


def test_a_plan_swap_is_neither_churn_nor_new(built: WarehouseUnderTest) -> None:
    assert movements(built, "swapped") == [("2026-01", "new", 100)]
    rows = built.query(
        "select plan, new_eur, churn_eur, expansion_eur from marts.mrr_movement "
        "where segment = 'swapped' and month = '2026-03-01' order by plan nulls last"
    )
    assert rows == [("basic", 0, 0, -100), ("pro", 0, 0, 100)]


def test_a_hard_deleted_subscription_ends_when_it_was_deleted(built: WarehouseUnderTest) -> None:
    assert movements(built, "deleted") == [("2026-01", "new", 100), ("2026-04", "churn", 0)]


def test_a_free_month_is_neither_contraction_nor_churn(built: WarehouseUnderTest) -> None:
    assert movements(built, "free_month") == [("2026-01", "new", 100)]


def test_a_pause_within_a_month_is_no_churn(built: WarehouseUnderTest) -> None:
    assert movements(built, "paused") == [("2026-01", "new", 100)]
