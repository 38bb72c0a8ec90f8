"""The truth against figures worked out by hand: METRICS' examples and the demo company."""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.almanac import day_of, midnight, month_of
from simulator.compare import differences, true_figures, without_truth
from simulator.log import (
    Customer,
    FxRate,
    Invoice,
    InvoiceLine,
    Item,
    Log,
    Price,
    Service,
    State,
    Subscription,
)
from simulator.truth import truth_of
from simulator.truth.balances import allocate, monthly
from simulator.truth.money import Base, cohorts
from simulator.truth.price import sales
from simulator.truth.service import quantile
from tests.unit.simulator.contract_log import read_log, read_rates

DEMO = Path(__file__).resolve().parents[3] / "demo"


def day(text: str) -> int:
    return day_of(*(int(part) for part in text.split("-")))


def at(text: str) -> int:
    return midnight(day(text))


def item(
    name: str, since: str, until: str | None, price: str, unit: str = "month", count: int = 1
) -> Item:
    return Item(
        name, f"s-{name.split('/')[0]}", at(since), Decimal(1), Decimal(price), "EUR", unit, count,
        valid_to=at(until) if until else None,
    )  # fmt: skip


def company(items: list[Item], customers: dict[str, list[str]]) -> Log:
    """Subscriptions `s-<name>` that are active for ever; their items say what they are worth."""
    log = Log(subscription_items=items)
    for customer, names in customers.items():
        log.customers.append(Customer(customer))
        for name in names:
            first = min(each.valid_from for each in items if each.subscription_id == f"s-{name}")
            log.subscriptions.append(Subscription(f"s-{name}", customer, "active", first, "EUR"))
            log.subscription_states.append(State(f"s-{name}", "active", first))
    return log


def value(log: Log, as_of: str, metric_id: str, month: str) -> Decimal | None:
    found = true_figures(truth_of(log, at(as_of)).figures)
    year, number = (int(part) for part in month.split("-"))
    return found[metric_id, "value", month_of(year, number), "all", "all", "month"]


def test_period_edges_of_one_customer_follow_the_example_of_r2() -> None:
    log = company(
        [
            item("a/1", "2026-01-01", "2026-02-01", "10"),
            item("a/2", "2026-02-01", "2026-03-01", "10"),
            item("a/3", "2026-03-01", "2026-04-01", "25"),
            item("a/4", "2026-05-01", "2026-06-01", "25"),
        ],
        {"c1": ["a"]},
    )
    movements = {
        ("mrr_new", "2026-01"): 10,
        ("mrr_expansion", "2026-02"): 0,
        ("mrr_expansion", "2026-03"): 15,
        ("mrr_churn", "2026-04"): 25,
        ("mrr_reactivation", "2026-05"): 25,
        ("mrr_churn", "2026-06"): 25,
    }
    for (metric_id, month), amount in movements.items():
        assert value(log, "2026-07-01", metric_id, month) == amount, (metric_id, month)


def test_common_table_t_gives_the_figures_of_section_4_and_5() -> None:
    log = company(
        [
            item("c1", "2026-01-01", None, "100"),
            item("c2", "2026-01-01", "2026-03-10", "100"),
            item("c3a", "2026-01-01", "2026-03-10", "100"),
            item("c3b", "2026-01-01", None, "50"),
            item("c4", "2026-01-01", "2026-03-15", "50"),
            item("c5", "2026-03-04", None, "80"),
            item("c6a", "2025-12-01", "2026-01-20", "30"),
            item("c6b", "2026-03-20", None, "30"),
            item("c8", "2026-03-05", "2026-03-25", "20"),
            item("c9", "2026-01-01", "2026-03-20", "60"),
            item("c10", "2026-01-01", "2026-03-02", "40"),
            item("c11/1", "2026-01-01", "2026-03-08", "200"),
            item("c11/2", "2026-03-08", None, "260"),
        ],
        {"c3": ["c3a", "c3b"], "c6": ["c6a", "c6b"]}
        | {name: [name] for name in ("c1", "c2", "c4", "c5", "c8", "c9", "c10", "c11")},
    )
    expected = {
        "customers_opening": "7", "customers_new": "1", "customers_reactivated": "1",
        "customers_closing": "5", "crr": "0.428571", "churn_rate": "0.571429",
        "churned_customers": "4", "churned_mrr_eur": "250", "churn_value_eur": "3000",
        "mrr_new": "80", "mrr_reactivation": "30", "mrr_expansion": "60", "mrr_contraction": "100",
        "mrr_churn": "250", "mrr_eur": "520", "grr": "0.5", "nrr": "0.585714", "arpa_eur": "104",
        "quick_ratio": "0.485714", "intramonth_churned_customers": "1",
    }  # fmt: skip
    for metric_id, amount in expected.items():
        found = value(log, "2026-04-01", metric_id, "2026-03")
        assert found is not None
        assert round(found, 6) == Decimal(amount), metric_id


def test_currency_moves_are_fx_and_not_churn() -> None:
    log = company(
        [
            item("a/1", "2026-01-01", "2026-02-10", "1000")._replace(currency="USD"),
            item("a/2", "2026-02-10", None, "900")._replace(currency="USD"),
        ],
        {"c1": ["a"]},
    )
    log.subscriptions[0] = log.subscriptions[0]._replace(currency="USD")
    for published, rate in (("2025-12-30", "1.08"), ("2026-01-30", "1.08"), ("2026-02-27", "1.10")):
        log.fx_rates.append(FxRate("USD", day(published), Decimal(rate)))
    contraction = value(log, "2026-04-01", "mrr_contraction", "2026-02")
    fx = value(log, "2026-04-01", "mrr_fx", "2026-03")
    assert contraction is not None
    assert fx is not None
    assert round(contraction, 2) == Decimal("92.59")
    assert round(fx, 2) == Decimal("-15.15")
    assert value(log, "2026-04-01", "mrr_contraction", "2026-03") == 0


@pytest.mark.parametrize(
    ("unit", "count", "amount", "mrr"),
    [
        ("month", 1, "49.00", "49"), ("month", 3, "150.00", "50"),
        ("year", 1, "1000.00", "83.333333"), ("year", 2, "1800.00", "75"),
        ("week", 1, "10.00", "43.333333"), ("week", 4, "40.00", "43.333333"),
        ("day", 1, "1.00", "30.416667"),
    ],
)  # fmt: skip
def test_intervals_are_normalised_by_the_calendar(
    unit: str, count: int, amount: str, mrr: str
) -> None:
    row = item("a", "2026-01-01", None, amount, unit, count)
    assert monthly(row, row.unit_price) == Decimal(mrr)


def test_cohorts_follow_the_example_of_4_7() -> None:
    log = company(
        [
            item("a/1", "2026-01-05", "2026-03-03", "100"),
            item("a/2", "2026-03-03", None, "150"),
            item("b/1", "2026-01-05", "2026-02-03", "50"),
            item("b/2", "2026-03-03", None, "50"),
            item("d/1", "2026-01-05", "2026-02-03", "50"),
            item("d/2", "2026-02-03", "2026-03-03", "40"),
            item("e/1", "2026-02-05", None, "200"),
        ],
        {name: [name] for name in "abde"},
    )
    cells = cohorts(Base(log, at("2026-04-01")))
    january = month_of(2026, 1)
    got = {
        index: (cell.n, cell.n0, cell.eur, cell.capped_eur, cell.base_eur)
        for (cohort, index), cell in cells.items()
        if cohort == january
    }
    assert got == {0: (3, 3, 200, 200, 200), 1: (2, 3, 140, 140, 200), 2: (2, 3, 200, 150, 200)}
    assert (january + 1, 2) not in cells


def test_price_gap_follows_the_example_of_7_2() -> None:
    issued = day("2026-03-01")
    prices = {"a": "100.00", "b": "50.00", "c": "30.00", "d": "80.00"}
    lines = [
        ("i1", 1, "2", "90.00", "a", None, None),
        ("i1", 2, "1", "50.00", "b", "2.50", "0.5"),
        ("i2", 1, "1", "30.00", "c", "30.00", None),
        ("i3", 1, "1", "85.00", "d", None, None),
    ]
    log = Log(
        services=[Service("app")],
        customers=[Customer("c1")],
        prices=[
            Price(key, key, "EUR", "month", Decimal(price)) for key, price in prices.items()
        ],
        invoices=[
            Invoice("i1", "c1", issued, "paid", "EUR",
                    invoice_discount_amount=Decimal("20.25")),
            Invoice("i2", "c1", issued, "paid", "EUR"),
            Invoice("i3", "c1", issued, "paid", "EUR"),
        ],
        invoice_lines=[
            InvoiceLine(
                invoice, number, Decimal(quantity), Decimal(price), "EUR", price_id=price_id,
                line_discount_amount=Decimal(off) if off else None,
                proration_factor=Decimal(factor) if factor else None,
            )
            for invoice, number, quantity, price, price_id, off, factor in lines
        ],
    )  # fmt: skip
    found, without = sales(log, at("2026-04-01"))
    assert [sale.realised_eur for sale in found] == [162, Decimal("20.25"), 0, 85]
    assert sum(sale.target_eur for sale in found) == 335
    assert not without
    expected = {
        "discount_gap_eur": "67.75", "discount_gap_rate": "0.202239",
        "price_realisation_rate": "0.797761", "discount_only_eur": "72.75",
        "overprice_eur": "5.00", "discounted_line_share": "0.75",
    }  # fmt: skip
    for metric_id, amount in expected.items():
        got = value(log, "2026-04-01", metric_id, "2026-03")
        assert got is not None
        assert round(got, 6) == Decimal(amount), metric_id


def test_invoice_discount_goes_to_lines_by_largest_remainder() -> None:
    thirds = [Decimal(100)] * 3
    shares = [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert allocate(Decimal("10.00"), thirds) == shares


def test_durations_are_summarised_by_linear_quantiles() -> None:
    waits = [60, 120, 300, 600, 86_400]
    assert quantile(waits, Decimal("0.5")) == 300
    assert quantile(waits, Decimal("0.9")) == 52_080


def test_truth_gives_every_hand_made_figure_of_the_demo_company() -> None:
    log = read_log(DEMO / "inbox")
    log.fx_rates += read_rates(DEMO / "rates" / "eurofxref-hist.csv")
    # What quarantine does with the row that no contract allows.
    log.subscription_items = [each for each in log.subscription_items if each.quantity >= 0]
    as_of = (DEMO / "as_of.txt").read_text(encoding="utf-8").strip()
    true = true_figures(truth_of(log, int(datetime.fromisoformat(as_of).timestamp())).figures)
    by_hand = {}
    with (DEMO / "expected" / "marts.metric_value.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            month = month_of(int(row["period_start"][:4]), int(row["period_start"][5:7]))
            metric_id, _, grain = row["metric_id"].partition(" ")
            key = (metric_id, row["statistic"], month, row["dim_name"], row["dim_value"],
                   grain or "month")  # fmt: skip
            by_hand[key] = Decimal(row["value"]) if row["value"] else None
    assert len(by_hand) > 250
    assert without_truth(true, by_hand) == []
    assert [str(each) for each in differences(true, by_hand)] == []


def test_an_invoice_unpaid_for_60_days_ends_the_paid_service() -> None:
    log = company([item("a", "2025-06-01", None, "100")], {"c1": ["a"]})
    for number, (issued, status) in enumerate(
        [("2025-06-01", "paid"), ("2026-01-01", "open"), ("2026-02-01", "open")], 1
    ):
        log.invoices.append(
            Invoice(f"i{number}", "c1", day(issued), status, "EUR", "s-a", day(issued) + 14)
        )
        log.invoice_lines.append(
            InvoiceLine(f"i{number}", 1, Decimal(1), Decimal(100), "EUR", "s-a",
                        service_from=at(issued), is_recurring=True)
        )  # fmt: skip
    assert value(log, "2026-05-01", "mrr_eur", "2026-02") == 100
    assert value(log, "2026-05-01", "mrr_churn", "2026-03") == 100
    found = true_figures(truth_of(log, at("2026-05-01")).figures)
    key = ("churned_customers", "value", month_of(2026, 3), "churn_type", "involuntary", "month")
    assert found[key] == 1


def test_a_difference_names_metric_month_and_both_values() -> None:
    key = ("mrr_eur", "value", month_of(2026, 3), "all", "all", "month")
    (found,) = differences({key: Decimal("520.00")}, {key: Decimal("519.99")})
    assert str(found) == "mrr_eur value, month 2026-03, all all: true 520, published 519.99"
    assert differences({key: Decimal("520.00")}, {key: Decimal("520.004")}) == []
    assert differences({key: Decimal(0)}, {key: None}) != []
