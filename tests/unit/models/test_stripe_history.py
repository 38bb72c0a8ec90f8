"""What subscriptions were before Stripe was first asked, read from what was billed.

Each subscription is one story; it is read once, on day 200, when only its invoices remember.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from pipelines.settings import Home
from tests.support.clock import FakeClock
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.stripe_objects import (
    DAY,
    T0,
    Object,
    at,
    chunk,
    invoice,
    item,
    landing_on,
    line,
    obj,
    price,
    staged,
    subscription,
    tier,
)

_FIRST_READ = 200
OLD, NEW = price("price_old", "eur", "1000"), price("price_new", "eur", "1500")
METERED = price(
    "price_used", "eur", "5",
    recurring={"interval": "month", "interval_count": 1, "usage_type": "metered"},
)  # fmt: skip
TIERS = price(
    "price_tiers", "eur", None, tiers_mode="graduated",
    tiers=[tier(10, "1000"), tier(None, "600")],
)  # fmt: skip


def begun(day: int) -> dict[str, int]:
    return {"created": T0 + day * DAY}


def billed(
    of: Object, days: tuple[int, int], quantity: int = 1, item_id: str | None = "si", **fields: Any
) -> Object:
    """A line for the days of a period; prorated, it has the amount of half a period."""
    owner = f"sub_{fields.pop('story')}"
    sign, is_proration = fields.pop("sign", 1), fields.pop("is_proration", False)
    unit = fields.pop("unit", of["unit_amount_decimal"])
    share = 2 if is_proration else 1
    details: Object = {"subscription": owner, "proration": is_proration}
    if item_id is not None:
        details["subscription_item"] = f"{item_id}_{owner}"
    return line(
        f"il_{owner}_{of['id']}_{days[0]}_{sign}_{quantity}", sign * quantity * int(unit) // share,
        unit, quantity=quantity, period={"start": T0 + days[0] * DAY, "end": T0 + days[1] * DAY},
        parent={
            "type": "subscription_item_details" if item_id else "invoice_item_details",
            "subscription_item_details" if item_id else "invoice_item_details": details,
        },
        pricing={"unit_amount_decimal": unit, "price_details": {"price": of["id"]}},
    ) | fields  # fmt: skip


def story(name: str, *items: Object, **fields: Any) -> Object:
    return subscription(f"sub_{name}", *items, **fields)


def now(name: str, of: Object, quantity: int = 1, item_id: str = "si", **fields: Any) -> Object:
    return item(f"{item_id}_sub_{name}", of, quantity, **({"created": T0} | fields))


def bills(name: str, *lines: Object, **fields: Any) -> Object:
    return invoice(f"in_{name}_{lines[0]['period']['start']}", *lines, **fields)


def month(number: int) -> tuple[int, int]:
    return number * 30, number * 30 + 30


SUBSCRIPTIONS = [
    story("raised", now("raised", NEW)),
    story("within", now("within", OLD, 5)),
    story("swapped", now("swapped", NEW, item_id="new", **begun(45))),
    story("unnamed", now("unnamed", NEW)),
    story("dropped", now("dropped", OLD)),
    story("ran_out", now("ran_out", OLD)),
    story("graduated", now("graduated", TIERS, 15)),
    story("used", now("used", OLD), now("used", METERED, item_id="meter") | {"quantity": None}),
    story("rested", now("rested", OLD)),
    story("voided", now("voided", OLD)),
    story("resting", now("resting", OLD), status="paused"),
    story("given_up", now("given_up", item_id="free", of=price("price_free", "eur", "0"),
          **begun(60))),
    story("ended", now("ended", OLD), status="canceled", ended_at=T0 + 60 * DAY),
    story("backdated", now("backdated", OLD, **begun(100))),
]  # fmt: skip
INVOICES = [
    *(bills("raised", billed(OLD, month(n), story="raised")) for n in range(3)),
    *(bills("raised", billed(NEW, month(n), story="raised")) for n in range(3, 7)),
    # Two more on day 75, none fewer, and back the same rest of the month.
    *(bills("within", billed(OLD, month(n), 3, story="within")) for n in range(3)),
    bills(
        "within_change",
        billed(OLD, (75, 90), 3, story="within", sign=-1, is_proration=True),
        billed(OLD, (75, 90), 5, story="within", is_proration=True),
    ),
    *(bills("within", billed(OLD, month(n), 5, story="within")) for n in range(3, 7)),
    # A new item takes the place of the old one in the middle of a month.
    *(bills("swapped", billed(OLD, month(n), story="swapped", item_id="old")) for n in range(2)),
    bills(
        "swapped_change",
        billed(OLD, (45, 60), story="swapped", item_id="old", sign=-1, is_proration=True),
        billed(NEW, (45, 60), story="swapped", item_id="new", is_proration=True),
    ),
    *(bills("swapped", billed(NEW, month(n), story="swapped", item_id="new"))
      for n in range(2, 7)),
    # The same, by prorations that name no item.
    bills("unnamed", billed(OLD, month(0), story="unnamed")),
    bills(
        "unnamed_change",
        billed(OLD, (10, 30), story="unnamed", item_id=None, sign=-1, is_proration=True),
        billed(NEW, (10, 30), story="unnamed", item_id=None, is_proration=True),
    ),
    *(bills("unnamed", billed(NEW, month(n), story="unnamed")) for n in range(1, 7)),
    # A second item that was taken away on day 40, and one that nobody renewed.
    *(bills("dropped", billed(OLD, month(n), story="dropped")) for n in range(7)),
    *(bills("dropped_second", billed(NEW, month(n), story="dropped", item_id="second"))
      for n in range(2)),
    bills("dropped_back", billed(NEW, (40, 60), story="dropped", item_id="second", sign=-1,
                                 is_proration=True)),
    *(bills("ran_out", billed(OLD, month(n), story="ran_out")) for n in range(7)),
    bills("ran_out_second", billed(NEW, month(0), story="ran_out", item_id="second")),
    # Twelve in two tiers, then fifteen.
    *(bills("graduated", billed(TIERS, month(n), 10, story="graduated", unit="1000"),
            billed(TIERS, month(n), more, story="graduated", unit="600"))
      for n, more in ((0, 2), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5), (6, 5))),
    *(bills("used", billed(OLD, month(n), story="used"),
            billed(METERED, month(n), 100 + n, story="used", item_id="meter")) for n in range(7)),
    *(bills("rested", billed(OLD, month(n), story="rested")) for n in (0, 1, 4, 5, 6)),
    *(bills("voided", billed(OLD, month(n), story="voided"),
            status="void" if n == 2 else "paid") for n in range(7)),
    *(bills("resting", billed(OLD, month(n), story="resting")) for n in range(4)),
    *(bills("given_up", billed(OLD, month(n), story="given_up")) for n in range(2)),
    *(bills("ended", billed(OLD, month(n), story="ended")) for n in range(2)),
    *(bills("backdated", billed(OLD, month(n), story="backdated")) for n in range(7)),
]  # fmt: skip


@pytest.fixture(scope="module")
def history(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home
) -> Iterator[WarehouseUnderTest]:
    """One reading of everything, and one build."""
    with open_copy(warehouse_template, Home(tmp_path_factory.mktemp("stripe"))) as warehouse:
        landing_on(warehouse, FakeClock(at(_FIRST_READ))).land(
            chunk({
                "customers": [obj("cus_1", name="A", metadata={}, address={"country": "FI"})],
                "products": [obj("prod_1", name="Pro", metadata={"service": "app"})],
                "prices": [OLD, NEW, METERED, TIERS],
                "subscriptions": SUBSCRIPTIONS,
                "invoices": INVOICES,
            })
        )  # fmt: skip
        warehouse.run_dbt(["path:models/staging/stripe"])
        yield warehouse


# Item, first day, last day, quantity, unit price.
Span = tuple[str, int, int | None, int, str]


@pytest.mark.parametrize(
    ("name", "spans"),
    [
        ("raised", [("si", 0, 90, 1, "10"), ("si", 90, None, 1, "15")]),
        ("within", [("si", 0, 75, 3, "10"), ("si", 75, None, 5, "10")]),
        ("swapped", [("new", 45, None, 1, "15"), ("old", 0, 45, 1, "10")]),
        ("unnamed", [("si", 0, 10, 1, "10"), ("si", 10, None, 1, "15")]),
        ("dropped", [("second", 0, 40, 1, "15"), ("si", 0, None, 1, "10")]),
        ("ran_out", [("second", 0, 30, 1, "15"), ("si", 0, None, 1, "10")]),
        # 10 × 10 + 2 × 6 for twelve, 10 × 10 + 5 × 6 for fifteen.
        ("graduated", [("si", 0, 30, 12, "9.333333"), ("si", 30, None, 15, "8.666667")]),
        ("used", [("meter", 0, None, 1, "0.05"), ("si", 0, None, 1, "10")]),
        ("given_up", [("si", 0, 60, 1, "10")]),
        ("ended", [("si", 0, 60, 1, "10")]),
        ("backdated", [("si", 0, None, 1, "10")]),
    ],
)
def test_an_item_costs_what_its_lines_say(
    history: WarehouseUnderTest, name: str, spans: list[Span]
) -> None:
    columns = "item_id, valid_from, valid_to, quantity, unit_price"
    found = staged(history, "subscription_items", columns, f"subscription_id = 'sub_{name}'")
    assert found == [
        (f"{item_id}_sub_{name}", at(since), until if until is None else at(until), quantity,
         Decimal(unit))
        for item_id, since, until, quantity, unit in spans
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "states"),
    [
        ("raised", [("active", 0, None)]),
        ("within", [("active", 0, None)]),
        ("rested", [("active", 0, 60), ("active", 120, None), ("paused", 60, 120)]),
        ("voided", [("active", 0, 60), ("active", 90, None), ("paused", 60, 90)]),
        ("resting", [("active", 0, 120), ("paused", 120, None)]),
        ("given_up", [("active", 0, 60), ("free", 60, None)]),
        ("ended", [("active", 0, 60), ("canceled", 60, None)]),
    ],
)
def test_what_is_not_billed_rests(
    history: WarehouseUnderTest, name: str, states: list[tuple[str, int, int | None]]
) -> None:
    columns = "status, valid_from, valid_to"
    found = staged(history, "subscription_states", columns, f"subscription_id = 'sub_{name}'")
    assert found == [
        (status, at(since), until if until is None else at(until))
        for status, since, until in states
    ]


@pytest.mark.parametrize("entity", ["subscription_items", "subscription_states"])
def test_every_row_has_a_position_of_its_own(history: WarehouseUnderTest, entity: str) -> None:
    columns = "count(*) > 10, count(reasons), count(*) - count(distinct (load_id, row_no))"
    assert staged(history, entity, columns) == [(True, 0, 0)]
