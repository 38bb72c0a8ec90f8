"""METRICS.md's worked examples of money, from contract rows to marts.

All examples stand in one company and are built once; each has a segment of its own, so that its
figures can be told apart. The last closed month is June 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.money import METRICS, Company, at, build_money, put

Row = dict[str, Any]


def customers(segment: str, *names: str) -> list[Row]:
    return [{"customer_id": f"{segment}-{name}", "segment": segment} for name in names]


def subscription(customer_id: str, started: str, ended: str | None = None, **more: Any) -> Row:
    name = more.pop("subscription_id", f"s-{customer_id}")
    return {
        "subscription_id": name,
        "customer_id": customer_id,
        "started_at": at(started),
        "ended_at": ended and at(ended),
        **more,
    }


def item(
    subscription_id: str, price: int, valid_from: str, valid_to: str | None = None, **more: Any
) -> Row:
    return {
        "item_id": more.pop("item_id", f"i-{subscription_id}"),
        "subscription_id": subscription_id,
        "unit_price": price,
        "valid_from": at(valid_from),
        "valid_to": valid_to and at(valid_to),
        **more,
    }


PERIODS = (
    (10, "2026-01-01", "2026-02-01"),
    (10, "2026-02-01", "2026-03-01"),
    (25, "2026-03-01", "2026-04-01"),
    (25, "2026-05-01", "2026-06-01"),
)


def month_edges_as_items() -> Company:
    """R2, the periods as versions of one subscription's items."""
    customer = "R2-items-a"
    return {
        "customers": customers("R2-items", "a"),
        "subscriptions": [subscription(customer, "2026-01-01")],
        "subscription_items": [
            item(f"s-{customer}", *period, item_id=f"i{n}") for n, period in enumerate(PERIODS)
        ],
    }


def month_edges_as_subscriptions() -> Company:
    """R2, one subscription per period."""
    customer = "R2-subs-a"
    names = [f"s{n}-{customer}" for n in range(len(PERIODS))]
    return {
        "customers": customers("R2-subs", "a"),
        "subscriptions": [
            subscription(customer, start, end, subscription_id=name)
            for name, (_, start, end) in zip(names, PERIODS, strict=True)
        ],
        "subscription_items": [
            item(name, *period) for name, period in zip(names, PERIODS, strict=True)
        ],
    }


def table_t() -> Company:
    """Section 4, March 2026."""
    names = [f"c{n}" for n in range(1, 12)]
    return {
        "customers": customers("T", *names),
        "subscriptions": [
            subscription("T-c1", "2026-01-01"),
            subscription("T-c2", "2026-01-01", "2026-03-15", end_reason="voluntary"),
            subscription("T-c3", "2026-01-01", "2026-03-10"),
            subscription("T-c3", "2026-01-01", subscription_id="s-T-c3-kept"),
            subscription("T-c4", "2026-01-01", "2026-03-20", end_reason="involuntary"),
            subscription("T-c5", "2026-03-10"),
            subscription("T-c6", "2026-01-01"),
            subscription("T-c7", "2026-03-05", status="trialing", trial_start_at=at("2026-03-05")),
            subscription("T-c8", "2026-03-08", "2026-03-20"),
            subscription("T-c9", "2026-01-01"),
            subscription("T-c10", "2026-01-01"),
            subscription("T-c11", "2026-01-01"),
        ],
        "subscription_items": [
            item("s-T-c1", 100, "2026-01-01"),
            item("s-T-c2", 100, "2026-01-01"),
            item("s-T-c3", 100, "2026-01-01"),
            item("s-T-c3-kept", 50, "2026-01-01"),
            item("s-T-c4", 50, "2026-01-01"),
            item("s-T-c5", 80, "2026-03-10"),
            item("s-T-c6", 30, "2026-01-01", "2026-02-01"),
            item("s-T-c6", 30, "2026-03-12"),
            item("s-T-c7", 99, "2026-03-05"),
            item("s-T-c8", 70, "2026-03-08"),
            item("s-T-c9", 60, "2026-01-01"),
            item("s-T-c10", 40, "2026-01-01"),
            item("s-T-c10", 0, "2026-03-12"),
            item("s-T-c11", 20, "2026-01-01", quantity=10),
            item("s-T-c11", 20, "2026-03-02", quantity=13),
        ],
        "subscription_pauses": [
            {
                "subscription_id": "s-T-c9",
                "paused_from": at("2026-03-20"),
                "paused_to": at("2026-04-10"),
            }
        ],
    }


def revaluation() -> Company:
    """R6, with rates before each month; and R5's of April 2026."""
    rates = {
        "2024-12-31": "1.08",
        "2025-01-31": "1.08",
        "2025-02-28": "1.10",
        "2026-04-02": "1.0950",
        "2026-04-07": "1.1010",
    }
    return {
        "fx_rates": [
            {"currency": "USD", "rate_date": date.fromisoformat(day), "units_per_eur": rate}
            for day, rate in rates.items()
        ],
        "customers": customers("R6", "a"),
        "subscriptions": [subscription("R6-a", "2025-01-10", "2025-04-15")],
        "subscription_items": [
            item("s-R6-a", 1000, "2025-01-10", currency="USD"),
            item("s-R6-a", 900, "2025-02-20", currency="USD"),
        ],
    }


def invoices_in_dollars() -> Company:
    """R5: Sunday 5 April takes Thursday's rate."""
    return {
        "customers": customers("R5", "a"),
        "invoices": [
            {
                "invoice_id": f"R5-{n}",
                "customer_id": "R5-a",
                "issued_on": date.fromisoformat(day),
                "currency": "USD",
            }
            for n, day in enumerate(("2026-04-05", "2026-04-07"))
        ],
        "invoice_lines": [
            {
                "invoice_id": f"R5-{n}",
                "unit_price": amount,
                "list_unit_price": amount,
                "currency": "USD",
                "is_recurring": False,
            }
            for n, amount in enumerate(("219.00", "110.10"))
        ],
    }


def cohorts() -> Company:
    """4.7, moved to April, May and June."""
    return {
        "customers": customers("C", "a", "b", "d", "e"),
        "subscriptions": [
            subscription("C-a", "2026-04-01"),
            subscription("C-b", "2026-04-01"),
            subscription("C-d", "2026-04-01", "2026-06-10"),
            subscription("C-e", "2026-05-01"),
        ],
        "subscription_items": [
            item("s-C-a", 100, "2026-04-01"),
            item("s-C-a", 150, "2026-06-02"),
            item("s-C-b", 50, "2026-04-01", "2026-05-20"),
            item("s-C-b", 50, "2026-06-02"),
            item("s-C-d", 50, "2026-04-01"),
            item("s-C-d", 40, "2026-05-09"),
            item("s-C-e", 200, "2026-05-01"),
        ],
        # Who begins after the source's first invoice pays from its own first invoice on.
        "invoices": [
            {"invoice_id": "C-e", "customer_id": "C-e", "issued_on": date(2026, 5, 1)},
        ],
        "invoice_lines": [{"invoice_id": "C-e", "subscription_id": "s-C-e", "unit_price": 200}],
    }


def orders() -> Company:
    """4.5 and section 18, the latter moved to April, May and June."""
    rows = (
        ("O-a", "2026-04-05", 100),
        ("O-a", "2026-05-09", -100),
        ("O-a", "2026-06-03", 50),
        ("O-b", "2026-04-20", 40),
        ("O-b", "2026-05-01", 10),
        ("O-c", "2026-05-02", 30),
        ("N-a", "2025-01-10", 100),
        ("N-a", "2025-03-15", 60),
    )
    return {
        "services": [
            {"service": "shop", "churn_model": "noncontractual"},
            {"service": "app", "churn_model": "contractual"},
        ],
        "customers": customers("O", "a", "b", "c") + customers("N", "a"),
        "orders": [
            {
                "order_id": f"{customer}-{day}",
                "customer_id": customer,
                "ordered_at": at(day, "12:00"),
                "net_amount": amount,
            }
            for customer, day, amount in rows
        ],
    }


def intramonth() -> Company:
    """Section 17: 5–28 March; 1 March–2 April; 10 February–10 March."""
    spans = (
        ("a", "2026-03-05", "2026-03-28"),
        ("b", "2026-03-01", "2026-04-02"),
        ("c", "2026-02-10", "2026-03-10"),
    )
    return {
        "customers": customers("I", "a", "b", "c"),
        "subscriptions": [subscription(f"I-{name}", start, end) for name, start, end in spans],
        "subscription_items": [item(f"s-I-{name}", 10, start) for name, start, _ in spans],
    }


def ended_at_once() -> Company:
    """4.0: ended on 15 May, the month of May paid; what came back for it, if anything."""
    names = ("kept", "credited", "refunded", "returned", "unpaid", "swapped", "told", "raised")
    company: dict[str, list[Row]] = {
        "customers": customers("P", *names),
        "subscriptions": [
            subscription(f"P-{name}", "2026-01-01", "2026-05-15", status="canceled")
            for name in names
        ]
        + [subscription("P-swapped", "2026-05-15", subscription_id="s-P-swap")],
        "subscription_items": [
            item(f"s-P-{name}", 10, "2026-01-01", "2026-05-15") for name in names
        ]
        + [item("s-P-swap", 12, "2026-05-15")],
        "subscription_states": [
            {
                "subscription_id": "s-P-told",
                "status": "active",
                "valid_from": at("2026-01-01"),
                "valid_to": at("2026-05-15"),
            }
        ],
        "invoices": [
            {
                "invoice_id": f"P-{name}",
                "customer_id": f"P-{name}",
                "issued_on": date(2026, 5, 1),
                "status": "open" if name == "unpaid" else "paid",
            }
            for name in names
        ],
        "credit_note_lines": [
            {
                "credit_note_id": "P-credit",
                "invoice_id": "P-credited",
                "issued_on": date(2026, 5, 16),
                "reason": "quantity",
                "net_amount": 5,
            }
        ],
        "payments": [
            {"payment_id": "P-back", "invoice_id": "P-refunded", "paid_at": at("2026-05-20"),
             "status": "refunded"}
        ],
    }  # fmt: skip
    company["invoice_lines"] = [
        {
            "invoice_id": row["invoice_id"],
            "subscription_id": f"s-{row['customer_id']}",
            "unit_price": 10,
            "service_from": at("2026-05-01"),
            "service_to": at("2026-06-01"),
        }
        for row in company["invoices"]
    ]
    # What is taken back for the rest of May, at the end and at a change of plan before it.
    company["invoice_lines"] += [
        {
            "invoice_id": f"P-{name}",
            "line_no": 2,
            "subscription_id": f"s-P-{name}",
            "unit_price": -10,
            "proration_factor": "0.5",
            "service_from": at(day),
            "service_to": at("2026-06-01"),
        }
        for name, day in (("returned", "2026-05-15"), ("raised", "2026-05-04"))
    ]
    return company


def discount_gap() -> Company:
    """7.1: four lines with an invoice coupon of 20.25, a price lock, and ten over three lines."""
    prices = {"p100": 100, "p50": 50, "p30": 30, "p80": 80, "p20": 20}
    lines: list[Row] = [
        {"line_no": 1, "price_id": "p100", "quantity": 2, "unit_price": 90},
        {
            "line_no": 2,
            "price_id": "p50",
            "unit_price": 50,
            "proration_factor": "0.5",
            "line_discount_amount": "2.50",
        },
        {"line_no": 3, "price_id": "p30", "unit_price": 30, "line_discount_amount": 30},
        {"line_no": 4, "price_id": "p80", "unit_price": 85},
    ]
    invoices = [
        {"invoice_id": "G-coupon", "invoice_discount_amount": "20.25"},
        {"invoice_id": "G-above"},
        {"invoice_id": "G-lock"},
        {"invoice_id": "G-thirds", "invoice_discount_amount": 10},
    ]
    customer_of = {"G-coupon": "G-a", "G-above": "G-a", "G-lock": "L-a", "G-thirds": "H-a"}
    return {
        "customers": customers("G", "a") + customers("L", "a") + customers("H", "a"),
        "prices": [{"price_id": name, "list_unit_price": price} for name, price in prices.items()]
        + [
            {"price_id": "lock", "list_unit_price": 100, "valid_from": at("2025-01-01")},
            {"price_id": "lock", "list_unit_price": 110, "valid_from": at("2026-05-01")},
        ],
        "subscriptions": [subscription("L-a", "2025-02-01")],
        "subscription_items": [item("s-L-a", 90, "2025-02-01", price_id="lock")],
        "invoices": [
            {**row, "customer_id": customer_of[row["invoice_id"]], "issued_on": date(2026, 6, 10)}
            for row in invoices
        ],
        "invoice_lines": [
            {**line, "invoice_id": "G-coupon" if line["line_no"] < 3 else "G-above"}
            for line in lines
        ]
        + [
            {
                "invoice_id": "G-lock",
                "price_id": "lock",
                "subscription_id": "s-L-a",
                "unit_price": 90,
            }
        ]
        + [
            {"invoice_id": "G-thirds", "line_no": n, "price_id": "p20", "unit_price": 20}
            for n in (1, 2, 3)
        ],
    }


def millions() -> Company:
    """Sums that do not fit where two six-decimal numbers are multiplied carelessly."""
    return {
        "customers": customers("M", "a"),
        "prices": [{"price_id": "bulk", "list_unit_price": 260}],
        "subscriptions": [subscription("M-a", "2026-01-01")],
        "subscription_items": [
            item(
                "s-M-a", 250, "2026-01-01", quantity=12000, permanent_discount_rate="0.2",
                price_id="bulk",
            )
        ],
        "discounts": [
            {
                "discount_id": f"M-{kind}",
                "scope": "subscription",
                "scope_id": "s-M-a",
                "kind": kind,
                "value": value,
                "duration": "forever",
            }
            for kind, value in (("percent", 10), ("amount", 160000))
        ],
        "invoices": [
            {
                "invoice_id": "M-a",
                "customer_id": "M-a",
                "issued_on": date(2026, 6, 1),
                "invoice_discount_amount": "1000000.01",
            }
        ],
        "invoice_lines": [
            {
                "invoice_id": "M-a",
                "line_no": n,
                "price_id": "bulk",
                "subscription_id": "s-M-a",
                "quantity": 12000,
                "unit_price": 250,
            }
            for n in (1, 2)
        ],
        "credit_note_lines": [
            {
                "credit_note_id": "M-a",
                "invoice_id": "M-a",
                "invoice_line_no": 2,
                "issued_on": date(2026, 6, 2),
                "net_amount": 2500000,
                "reason": "error",
            }
        ],
    }  # fmt: skip


def bill(
    invoice_id: str, customer: str, day: str, price: int, off: int | None = None, **more: Any
) -> Company:
    """An invoice, with so much off, that has one line of 120 list price."""
    issued_on = date.fromisoformat(day)
    return {
        "invoices": [
            {"invoice_id": invoice_id, "customer_id": customer, "issued_on": issued_on,
             "invoice_discount_amount": off}
        ],
        "invoice_lines": [
            {"invoice_id": invoice_id, "unit_price": price, "list_unit_price": 120, **more}
        ],
    }  # fmt: skip


def credit(name: str, invoice_id: str, amount: int, **more: Any) -> Row:
    return {
        "credit_note_id": name,
        "invoice_id": invoice_id,
        "issued_on": date(2026, 6, 20),
        "net_amount": amount,
        **more,
    }


def corners() -> list[Company]:
    """What comes rarely: each customer is the segment, and the case, of its name."""
    month = {"service_from": at("2026-05-01"), "service_to": at("2026-06-01")}
    names = (
        "past-due", "credited-in-yen", "nothing-left", "paid-back", "wrong-twice", "below-zero",
        "billed-ahead", "half-a-second", "net-of-nothing", "on-trial",
    )  # fmt: skip
    return [
        {
            "customers": [{"customer_id": name, "segment": name} for name in names],
            "subscriptions": [
                subscription("past-due", "2026-01-01", status="past_due",
                             updated_at=at("2026-06-20")),
                subscription("credited-in-yen", "2026-05-01"),
                subscription("nothing-left", "2026-05-01"),
                subscription("billed-ahead", "2026-06-01"),
                subscription("half-a-second", "2026-05-01"),
                subscription("on-trial", "2026-05-01", trial_start_at=at("2026-05-01"),
                             trial_end_at=at("2026-05-15")),
            ],
            "subscription_items": [
                item("s-past-due", 100, "2026-01-01"),
                item("s-credited-in-yen", 100, "2026-05-01"),
                item("s-nothing-left", 100, "2026-05-01"),
                item("s-billed-ahead", 100, "2026-06-01"),
                item("s-on-trial", 100, "2026-05-01"),
                item("s-half-a-second", 20, "2026-05-01", price_id="p20"),
                {**item("s-half-a-second", 20, "2026-06-10", price_id="p20", quantity=2),
                 "valid_from": at("2026-06-10", "12:00:00.500")},
            ],
            "fx_rates": [
                {"currency": "JPY", "rate_date": date(2026, 6, 19), "units_per_eur": 160}
            ],
            "credit_note_lines": [
                credit("yen", "credited-in-yen", 1000, currency="JPY"),
                credit("all-yen", "nothing-left", 16000, currency="JPY"),
                credit("wrong-1", "wrong-twice", 60, reason="error"),
                credit("wrong-2", "wrong-twice", 60, reason="error"),
                credit("more", "below-zero", 150),
            ],
            "costs": [
                {"month": date(2026, 5, 1), "cost_type": "acquisition", "amount": 1000,
                 "currency": "EUR"}
            ],
            "payments": [
                {"payment_id": "received", "invoice_id": "paid-back", "amount": 100,
                 "paid_at": at("2026-06-11")},
                {"payment_id": "returned", "invoice_id": "paid-back", "amount": -10,
                 "paid_at": at("2026-06-12"), "status": "refunded"},
            ],
        },
        bill("credited-in-yen", "credited-in-yen", "2026-05-01", 100,
             subscription_id="s-credited-in-yen", **month),
        bill("nothing-left", "nothing-left", "2026-05-01", 100,
             subscription_id="s-nothing-left", **month),
        bill("paid-back", "paid-back", "2026-06-10", 100, is_recurring=False),
        bill("wrong-twice", "wrong-twice", "2026-06-10", 100, is_recurring=False),
        bill("below-zero", "below-zero", "2026-06-10", 100, is_recurring=False),
        bill("billed-ahead", "billed-ahead", "2026-05-20", 100,
             subscription_id="s-billed-ahead"),
        bill("on-trial", "on-trial", "2026-05-01", 0, subscription_id="s-on-trial",
             service_from=at("2026-05-01"), service_to=at("2026-05-15")),
        bill("after-trial", "on-trial", "2026-05-15", 100, off=100,
             subscription_id="s-on-trial",
             service_from=at("2026-05-15"), service_to=at("2026-06-15")),
        bill("net-of-nothing", "net-of-nothing", "2026-06-10", 100, off=10, is_recurring=False,
             is_net_of_invoice_discount=True),
        bill("half-a-second", "half-a-second", "2026-05-01", 20, price_id="p20",
             subscription_id="s-half-a-second", **month),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def examples(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Any
) -> Iterator[WarehouseUnderTest]:
    home = type(warehouse_template)(tmp_path_factory.mktemp("examples") / "home")
    with open_copy(warehouse_template, home) as warehouse:
        for company in (
            month_edges_as_items(),
            month_edges_as_subscriptions(),
            table_t(),
            revaluation(),
            invoices_in_dollars(),
            cohorts(),
            orders(),
            intramonth(),
            ended_at_once(),
            discount_gap(),
            millions(),
            *corners(),
        ):
            put(warehouse, company)
        build_money(warehouse, at("2026-07-01"), min_cell_n=1)
        yield warehouse


def euros(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("shape", ["R2-items", "R2-subs"])
def test_month_edges_do_not_depend_on_the_shape_of_the_periods(
    examples: WarehouseUnderTest, shape: str
) -> None:
    found = examples.query(
        "select month, movement, abs(closing_mrr_eur - opening_mrr_eur) "
        "from core.fct_customer_month where segment = ? and movement <> 'none' order by month",
        [shape],
    )
    assert found == [
        (date(2026, 1, 1), "new", 10),
        (date(2026, 3, 1), "expansion", 15),
        (date(2026, 4, 1), "churn", 25),
        (date(2026, 5, 1), "reactivation", 25),
        (date(2026, 6, 1), "churn", 25),
    ]


def test_table_t(examples: WarehouseUnderTest) -> None:
    found = dict(
        examples.query(
            "select metric_id, value from core.metric_customer_base "
            "where period_start = '2026-03-01' and dim_value = 'T' "
            "union all select metric_id, value from core.metric_mrr "
            "where period_start = '2026-03-01' and dim_value = 'T' "
            "union all select metric_id, value from core.metric_churn "
            "where period_start = '2026-03-01' and dim_value = 'T'"
        )
    )
    six = {name: round(value, 6) for name, value in found.items() if value is not None}
    expected = {
        "customers_opening": 7,
        "customers_new": 1,
        "customers_reactivated": 1,
        "customers_closing": 5,
        "customers_expanded": 1,
        "customers_contracted": 1,
        "intramonth_churned_customers": 1,
        "crr": "0.428571",
        "churn_rate": "0.571429",
        "churned_customers": 4,
        "churned_mrr_eur": 250,
        "churn_value_eur": 3000,
        "mrr_new": 80,
        "mrr_reactivation": 30,
        "mrr_expansion": 60,
        "mrr_contraction": 100,
        "mrr_churn": 250,
        "mrr_eur": 520,
        "arr_eur": 6240,
        "grr": "0.5",
        "nrr": "0.585714",
        "gross_mrr_churn_rate": "0.5",
        "net_mrr_churn_rate": "0.414286",
        "arpa_eur": 104,
        "quick_ratio": "0.485714",
    }
    assert {name: six[name] for name in expected} == {
        name: Decimal(value) for name, value in expected.items()
    }


def test_table_t_by_churn_type(examples: WarehouseUnderTest) -> None:
    found = dict(
        examples.query(
            "select churn_type, churned_mrr_eur from marts.churn_value "
            "where month = '2026-03-01' and segment = 'T'"
        )
    )
    assert found == {"voluntary": 100, "involuntary": 50, "pause": 60, "downgrade_to_free": 40}


def test_table_t_in_its_marts(examples: WarehouseUnderTest) -> None:
    movements = examples.query(
        "select opening_mrr_eur, closing_mrr_eur, grr, nrr, quick_ratio, arpa_eur, opening_n "
        "from marts.mrr_movement where month = '2026-03-01' and segment = 'T'"
    )
    ratios = (Decimal("0.5"), Decimal("0.585714"), Decimal("0.485714"))
    assert movements == [(700, 520, *ratios, 104, 7)]
    # Of all tenure bands, beside each type of theirs.
    bases = examples.query(
        "select distinct tenure_band, opening_n, opening_mrr_eur "
        "from marts.churn_value where month = '2026-03-01' and segment = 'T'"
    )
    assert sum(opening_n for _, opening_n, _ in bases) == 7
    assert sum(opening_eur for *_, opening_eur in bases) == 700


def test_flows_take_the_last_published_rate(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select issued_on, realised_eur from core.fct_invoice_line where segment = 'R5' order by 1"
    )
    assert found == [(date(2026, 4, 5), 200), (date(2026, 4, 7), 100)]


def test_revaluation_is_a_movement_of_its_own(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select month, opening_mrr_eur, contraction_eur, fx_eur, closing_mrr_eur "
        "from marts.mrr_movement where segment = 'R6' "
        "and month in ('2025-02-01', '2025-03-01') order by month"
    )
    assert [tuple(map(euros, row[1:])) for row in found] == [
        tuple(map(Decimal, ("925.93", "92.59", "0.00", "833.33"))),
        tuple(map(Decimal, ("818.18", "0.00", "-15.15", "818.18"))),
    ]


def test_cohorts(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select cohort_month, month_index, logo_rate, nrr, grr from marts.cohort_retention "
        "where basis = 'mrr' and dim_name = 'segment' and dim_value = 'C' order by 1, 2"
    )
    assert found == [
        (date(2026, 4, 1), 0, 1, 1, 1),
        (date(2026, 4, 1), 1, Decimal("0.666667"), Decimal("0.7"), Decimal("0.7")),
        (date(2026, 4, 1), 2, Decimal("0.666667"), 1, Decimal("0.75")),
        (date(2026, 4, 1), 3, None, None, None),
        (date(2026, 5, 1), 0, 1, 1, 1),
        (date(2026, 5, 1), 1, 1, 1, 1),
        (date(2026, 5, 1), 2, None, None, None),
    ]


def test_cohorts_of_orders(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select cohort_month, month_index, n0, n_i, logo_rate, eur_i from marts.cohort_retention "
        "where basis = 'orders' and dim_name = 'segment' and dim_value = 'O' order by 1, 2"
    )
    assert found == [
        (date(2026, 4, 1), 0, 2, 2, 1, 140),
        (date(2026, 4, 1), 1, 2, 1, Decimal("0.5"), -90),
        (date(2026, 4, 1), 2, 2, 1, Decimal("0.5"), 50),
        (date(2026, 4, 1), 3, 2, None, None, None),
        (date(2026, 5, 1), 0, 1, 1, 1, 30),
        (date(2026, 5, 1), 1, 1, 0, 0, 0),
        (date(2026, 5, 1), 2, 1, None, None, None),
    ]


def test_customer_who_stopped_ordering(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select lost_on, churn_value_eur from core.fct_customer_loss where basis = 'orders'"
    )
    assert found == [(date(2026, 3, 16), 160)]
    published = examples.query(
        "select month, churned_n, churned_mrr_eur, churn_value_eur from marts.churn_value "
        "where basis = 'orders'"
    )
    assert published == [(date(2026, 3, 1), 1, None, 160)]


def test_new_and_gone_in_one_month(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select value from core.metric_customer_base where period_start = '2026-03-01' "
        "and metric_id = 'intramonth_churned_customers' and dim_value = 'I'"
    )
    assert found == [(1,)]


def test_paid_period_is_lived_out_unless_money_came_back(examples: WarehouseUnderTest) -> None:
    found = dict(
        examples.query(
            "select customer_id, month from core.fct_customer_month "
            "where segment = 'P' and movement = 'churn'"
        )
    )
    may, june = date(2026, 5, 1), date(2026, 6, 1)
    assert found == {
        "P-kept": june,
        "P-raised": june,
        "P-credited": may,
        "P-refunded": may,
        "P-returned": may,
        "P-unpaid": may,
        "P-told": may,
    }
    assert examples.query(
        "select closing_mrr_eur from core.fct_customer_month "
        "where customer_id = 'P-swapped' and month = '2026-05-01'"
    ) == [(12,)]


def test_discount_gap(examples: WarehouseUnderTest) -> None:
    total = examples.query(
        "select sum(target_eur), sum(realised_eur), sum(gap_eur), sum(discount_only_eur), "
        "sum(overprice_eur), sum(lines_n) from marts.discount_gap "
        "where segment = 'G' and discount_type = 'total'"
    )
    assert total == [
        (335, Decimal("267.25"), Decimal("67.75"), Decimal("72.75"), Decimal("5.00"), 4)
    ]
    parts = dict(
        examples.query(
            "select discount_type, gap_eur from marts.discount_gap "
            "where segment = 'G' and discount_type <> 'total'"
        )
    )
    assert parts == {
        "negotiated": 15,
        "line": Decimal("32.50"),
        "invoice": Decimal("20.25"),
    }
    rates = dict(
        examples.query(
            "select metric_id, round(value, 6) from core.metric_price "
            "where dim_value = 'G' and period_start = '2026-06-01'"
        )
    )
    assert rates["discount_gap_rate"] == Decimal("0.202239")
    assert rates["price_realisation_rate"] == Decimal("0.797761")
    assert rates["discounted_line_share"] == Decimal("0.75")


def test_invoice_discount_falls_on_its_lines_to_the_cent(examples: WarehouseUnderTest) -> None:
    found = examples.query(
        "select invoice_id, line_no, invoice_eur from core.fct_invoice_line "
        "where invoice_id in ('G-coupon', 'G-thirds') order by 1, 2"
    )
    assert [row[2] for row in found] == [
        Decimal(share) for share in ("18.00", "2.25", "3.34", "3.33", "3.33")
    ]


def test_list_rise_since_the_contract_is_price_lag(examples: WarehouseUnderTest) -> None:
    found = dict(
        examples.query("select discount_type, gap_eur from marts.discount_gap where segment = 'L'")
    )
    assert found == {"total": 20, "price_lag": 10, "negotiated": 10}


def test_millions_are_no_special_case(examples: WarehouseUnderTest) -> None:
    assert examples.query(
        "select closing_mrr_eur from core.fct_customer_month "
        "where segment = 'M' and month = '2026-06-01'"
    ) == [(2_000_000,)]
    lines = examples.query(
        "select target_eur, realised_eur from core.fct_invoice_line where invoice_id = 'M-a' "
        "order by line_no"
    )
    assert lines == [
        (3_120_000, Decimal("2499999.99")),
        (3_120_000, Decimal("2500000.00")),
    ]
    total = examples.query(
        "select target_eur, realised_eur from marts.discount_gap "
        "where segment = 'M' and discount_type = 'total'"
    )
    assert total == [(3_120_000, Decimal("2499999.99"))]


def movements(examples: WarehouseUnderTest, customer_id: str) -> list[tuple[date, str]]:
    return examples.query(
        "select month, movement from core.fct_customer_month "
        "where customer_id = ? and movement <> 'none' order by month nulls last",
        [customer_id],
    )


def test_a_subscription_that_is_past_due_is_money_at_risk_without_states_too(
    examples: WarehouseUnderTest,
) -> None:
    assert examples.query(
        "select value from core.metric_standing "
        "where metric_id = 'mrr_past_due_eur' and dim_value in ('past-due', 'all') order by 1"
    ) == [(100,), (100,)]
    assert movements(examples, "past-due") == [(date(2026, 1, 1), "new")]


def test_a_credit_in_another_currency_is_compared_at_its_worth(
    examples: WarehouseUnderTest,
) -> None:
    assert movements(examples, "credited-in-yen") == [(date(2026, 5, 1), "new")]
    assert movements(examples, "nothing-left") == []


def test_a_refund_written_below_zero_is_no_payment_term(examples: WarehouseUnderTest) -> None:
    assert examples.query(
        "select target_eur, realised_eur, payment_terms_eur from core.price_month "
        "where segment = 'paid-back'"
    ) == [(120, 90, 0)]


def test_errors_take_back_a_line_once_between_them(examples: WarehouseUnderTest) -> None:
    assert examples.query(
        "select target_eur, realised_eur, gap_eur, discount_only_eur, overprice_eur "
        "from marts.discount_gap where segment = 'wrong-twice' and discount_type = 'total'"
    ) == [(-20, -20, 0, 0, 0)]


def test_a_loss_without_a_margin_rate_has_no_margin(examples: WarehouseUnderTest) -> None:
    assert examples.query(
        "select clv_historical_eur, clv_historical_margin_eur from marts.customer_lifetime_value "
        "where customer_id = 'below-zero'"
    ) == [(-50, None)]


def test_who_is_billed_ahead_begins_with_the_subscription(examples: WarehouseUnderTest) -> None:
    assert movements(examples, "billed-ahead") == [(date(2026, 6, 1), "new")]
    assert examples.query(
        "select cohort_month, n0 from marts.cohort_retention "
        "where dim_name = 'segment' and dim_value = 'billed-ahead' and month_index = 0"
    ) == [(date(2026, 6, 1), 1)]


def test_a_free_month_is_one_though_its_item_changed_between_two_seconds(
    examples: WarehouseUnderTest,
) -> None:
    assert examples.query(
        "select discount_type, target_eur, realised_eur, gap_eur from marts.discount_gap "
        "where segment = 'half-a-second' and month = '2026-06-01' order by 1"
    ) == [("free_period", None, None, 20), ("total", 20, 0, 20)]


def test_a_line_without_a_net_amount_is_not_net_of_the_invoice_discount(
    examples: WarehouseUnderTest,
) -> None:
    assert examples.query(
        "select target_eur, realised_eur, negotiated_eur, invoice_eur from core.fct_invoice_line "
        "where invoice_id = 'net-of-nothing'"
    ) == [(120, 90, 20, 10)]


@pytest.mark.parametrize("family", METRICS)
def test_every_figure_says_of_how_many_it_is(examples: WarehouseUnderTest, family: str) -> None:
    told, silent = examples.query(
        f"select count(*), count(*) filter (where n is null) from core.{family} "
        "where status in ('ok', 'low_n')"
    )[0]
    assert told > 0
    assert silent == 0


def test_what_a_service_brings_counts_those_who_have_it(examples: WarehouseUnderTest) -> None:
    found = dict(
        examples.query(
            "select metric_id, n from core.metric_mrr where dim_value = 'app' "
            "and period_start = '2026-03-01' and metric_id in ('mrr_eur', 'mrr_churn') "
            "union all select metric_id, value from core.metric_customer_base "
            "where dim_value = 'app' and period_start = '2026-03-01' "
            "and metric_id in ('customers_opening', 'customers_closing')"
        )
    )
    assert found["mrr_eur"] == found["customers_closing"] > 0
    assert found["mrr_churn"] == found["customers_opening"] > found["customers_closing"]


def test_what_a_trial_gives_away_is_no_discount(examples: WarehouseUnderTest) -> None:
    assert examples.query(
        "select target_eur, realised_eur, lines_n, lines_without_target_n "
        "from marts.discount_gap where segment = 'on-trial' and discount_type = 'total' "
        "and month = '2026-05-01' and target_eur > 0"
    ) == [(120, 0, 1, 1)]
    assert examples.query(
        "select invoice_id, has_target from core.fct_invoice_line "
        "where segment = 'on-trial' and line_type = 'billed' order by 1"
    ) == [("after-trial", True), ("on-trial", False)]
