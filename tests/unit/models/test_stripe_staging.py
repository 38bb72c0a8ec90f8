"""Stripe's ways of saying things, each once, as rows of the contract. Objects hold what is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import pytest

from assets.api.paging import Record
from assets.billing.stripe.streams import EVENTS
from pipelines.settings import Home
from tests.support.clock import FakeClock
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.stripe_objects import (
    DAY,
    T0,
    Object,
    at,
    chunk,
    discount,
    event,
    invoice,
    item,
    landing_on,
    line,
    listed,
    obj,
    price,
    subscription,
    tier,
)
from tests.support.stripe_objects import staged as rows

EUR = price("price_eur", "eur", "1000")
VOLUME = price(
    "price_volume", "eur", None, tiers_mode="volume", tiers=[tier(9, "1200"), tier(None, "1050")]
)
GRADUATED = price(
    "price_graduated", "eur", None, tiers_mode="graduated",
    tiers=[tier(10, "1000", "500"), tier(None, "600")],
)  # fmt: skip
OF_ALL_LEVELS = (
    discount("di_sub", "TENTH", subscription="sub_1"),
    discount("di_item", "FIVE", subscription_item="si_1"),
    discount("di_line", "TWO", invoice_item="ii_1"),
    discount("di_invoice", "LAST", invoice="in_levels"),
)
TAX = {"amount": 2_550, "tax_behavior": "inclusive"}

FIRST: Mapping[str, Sequence[Object]] = {
    "customers": [obj("cus_1", name="A", metadata={"segment": "smb"}, address={"country": "FI"})],
    "products": [obj("prod_1", name="Pro", metadata={"service": "app"})],
    "prices": [
        EUR, VOLUME, GRADUATED, price("price_jpy", "jpy", "1500"),
        price("price_kwd", "kwd", "1234.5"), price("price_deal", "eur", "1", metadata={
            "is_list": "false"}),
        price("price_two", "eur", "900", currency_options={
            "eur": {"unit_amount_decimal": "900"}, "sek": {"unit_amount_decimal": "9900"}}),
    ],
    "coupons": [
        obj("TENTH", name="Tenth", percent_off=10.0, duration="forever"),
        obj("FIVE", amount_off=500, currency="eur", duration="repeating"),
        obj("TWO", amount_off=200, currency="eur", duration="once"),
        obj("LAST", percent_off=10.0, duration="once"),
    ],
    "subscriptions": [
        subscription(
            "sub_1",
            item("si_1", EUR, 2, discounts=[OF_ALL_LEVELS[1]]),
            item("si_volume", VOLUME, 12),
            item("si_graduated", GRADUATED, 15),
            discounts=[OF_ALL_LEVELS[0]],
        ),
        subscription("sub_paused", item("si_paused", EUR)),
    ],
    "invoices": [
        invoice(
            "in_levels",
            line("il_1", 10_000, "10000", discounts=[OF_ALL_LEVELS[2]], discount_amounts=[
                {"discount": "di_sub", "amount": 1_000}, {"discount": "di_item", "amount": 500},
                {"discount": "di_line", "amount": 200}, {"discount": "di_invoice", "amount": 830},
            ]),
            discounts=[OF_ALL_LEVELS[0], OF_ALL_LEVELS[3]],
            total_discount_amounts=[
                {"discount": "di_sub", "amount": 1_000}, {"discount": "di_item", "amount": 500},
                {"discount": "di_line", "amount": 200}, {"discount": "di_invoice", "amount": 830},
            ],
        ),
        invoice("in_taxed", line("il_taxed", 12_550, "12550", taxes=[TAX]), status="paid"),
        invoice("in_kwd", line("il_kwd", 1_234, "1234", "kwd"), currency="kwd"),
        invoice(
            "in_prorated",
            line("il_back", -500, "1000", parent={
                "type": "subscription_item_details", "subscription_item_details": {
                    "proration": True, "subscription": "sub_1"}},
                period={"start": T0, "end": T0 + 15 * DAY}),
        ),
        invoice("in_draft", line("il_draft", 100, "100"), status="draft"),
        invoice("in_gone", line("il_gone", 100, "100"), status="draft"),
    ],
    "credit_notes": [
        obj("cn_1", invoice="in_levels", currency="eur", status="issued", reason="duplicate",
            metadata={}, lines=listed({"id": "cnli_1", "amount": 1_000, "discount_amount": 100,
                                       "invoice_line_item": "il_1", "taxes": []})),
        obj("cn_void", invoice="in_levels", currency="eur", status="void", metadata={},
            reason="product_unsatisfactory",
            lines=listed({"id": "cnli_2", "amount": 700, "discount_amount": 0, "taxes": []})),
    ],
    "charges": [
        obj("ch_1", amount=5_000, currency="eur", status="succeeded", payment_intent="pi_1"),
        obj("ch_2", amount=5_000, currency="eur", status="failed", failure_code="card_declined",
            payment_intent="pi_1"),
        obj("ch_waiting", amount=1, currency="eur", status="pending"),
    ],
    "refunds": [
        obj("re_1", amount=1_500, currency="eur", status="succeeded", charge="ch_1"),
        obj("re_sent_back", amount=100, currency="eur", status="failed", charge="ch_1"),
    ],
}  # fmt: skip

CHANGED = subscription("sub_1", item("si_1", EUR, 3), item("si_volume", VOLUME, 5))
PAUSED = subscription("sub_paused", item("si_paused", EUR), pause_collection={"behavior": "void"})
# What changes afterwards, with what the feed says of it.
SECOND: Mapping[str, Sequence[Object]] = {
    "subscriptions": [
        CHANGED,
        subscription("sub_paused", item("si_paused", EUR)),
    ],
    "invoice_payments": [
        obj("inpay_1", invoice="in_levels",
            payment={"type": "payment_intent", "payment_intent": "pi_1"}),
    ],
    EVENTS: [
        event("evt_1", 5, CHANGED),
        event("evt_2", 6, PAUSED),
        event("evt_3", 7, subscription("sub_paused", item("si_paused", EUR))),
        event("evt_4", 8, {"object": "invoice", "id": "in_gone"}),
    ],
}  # fmt: skip
ENTITIES = (
    "customers", "services", "prices", "subscriptions", "subscription_items",
    "subscription_states", "subscription_pauses", "discounts", "invoices", "invoice_lines",
    "credit_note_lines", "payments",
)  # fmt: skip


@pytest.fixture(scope="module")
def staged(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home
) -> Iterator[WarehouseUnderTest]:
    """Two readings of the account, one build."""
    with open_copy(warehouse_template, Home(tmp_path_factory.mktemp("stripe"))) as warehouse:
        clock = FakeClock(at(1))
        landing = landing_on(warehouse, clock)
        landing.land(chunk(FIRST))
        clock.passed = 9.0 * DAY
        landing.land(chunk(SECOND, Record("in_gone", None, is_deleted=True)))
        warehouse.run_dbt(["path:models/staging/stripe"])
        yield warehouse


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_row_keeps_the_contract_and_has_a_position_of_its_own(
    staged: WarehouseUnderTest, entity: str
) -> None:
    columns = "count(*) > 0, count(reasons), count(*) - count(distinct (load_id, row_no))"
    assert rows(staged, entity, columns) == [(True, 0, 0)]


def test_amounts_have_the_decimals_of_their_currency(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "prices", "price_id, currency, list_unit_price", "price_id in "
                "('price_jpy', 'price_kwd', 'price_two', 'price_deal')") == [
        ("price_jpy", "JPY", Decimal(1500)),
        ("price_kwd", "KWD", Decimal("1.2345")),
        ("price_two", "EUR", Decimal(9)),
        ("price_two", "SEK", Decimal(99)),
    ]  # fmt: skip


def test_tiers_begin_where_the_one_before_ends(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "prices", "tier_from_quantity, list_unit_price",
                "price_id = 'price_volume'") == [(1, 12), (10, Decimal("10.5"))]  # fmt: skip


def test_an_item_of_a_tiered_price_pays_the_tier_or_the_mean(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "subscription_items", "item_id, quantity, unit_price, valid_from, valid_to",
                "item_id in ('si_volume', 'si_graduated')") == [
        # 5 + 10 × 10 + 5 × 6 for fifteen.
        ("si_graduated", 15, Decimal(9), at(0), at(5)),
        ("si_volume", 5, Decimal(12), at(5), None),
        ("si_volume", 12, Decimal("10.5"), at(0), at(5)),
    ]  # fmt: skip


def test_what_the_invoice_takes_off_is_not_what_its_lines_do(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "invoice_lines", "line_discount_amount, net_amount",
                "invoice_id = 'in_levels'") == [(17, 83)]  # fmt: skip
    assert rows(staged, "invoices", "invoice_discount_amount", "invoice_id = 'in_levels'") == [
        (Decimal("8.3"),)
    ]


def test_each_level_of_discount_is_a_row_and_ends_when_it_is_gone(
    staged: WarehouseUnderTest,
) -> None:
    assert rows(staged, "discounts", "discount_id, scope, scope_id, kind, value, duration, ends_at"
                ) == [
        ("di_invoice", "invoice", "in_levels", "percent", 10, "once", None),
        ("di_item", "item", "si_1", "amount", 5, "repeating", at(5)),
        ("di_line", "line", "in_levels/1", "amount", 2, "once", None),
        ("di_sub", "subscription", "sub_1", "percent", 10, "forever", at(5)),
    ]  # fmt: skip


def test_tax_within_an_amount_is_no_revenue(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "invoice_lines", "net_amount, tax_amount", "invoice_id = 'in_taxed'") == [
        (100, Decimal("25.5"))
    ]


def test_what_is_taken_back_has_a_quantity_below_zero(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "invoice_lines",
                "quantity, unit_price, net_amount, is_proration, is_recurring, proration_factor",
                "invoice_id = 'in_prorated'") == [
        (-1, 10, -5, True, True, Decimal("0.5"))
    ]  # fmt: skip


def test_the_lines_of_a_draft_are_not_there_yet_and_a_deleted_one_is_void(
    staged: WarehouseUnderTest,
) -> None:
    drafts = "invoice_id in ('in_draft', 'in_gone')"
    assert rows(staged, "invoice_lines", "invoice_id", drafts) == []
    assert rows(staged, "invoices", "invoice_id, status, updated_at", drafts) == [
        ("in_draft", "draft", at(1)),
        ("in_gone", "void", at(8)),
    ]


def test_a_voided_credit_note_credits_nothing(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "credit_note_lines",
                "credit_note_id, invoice_id, invoice_line_no, reason, net_amount") == [
        ("cn_1", "in_levels", 1, "error", 9),
        ("cn_void", "in_levels", None, "goodwill", 0),
    ]  # fmt: skip


def test_a_payment_finds_its_invoice_by_what_was_intended(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "payments", "payment_id, invoice_id, amount, status, failure_code") == [
        ("ch_1", "in_levels", 50, "succeeded", None),
        ("ch_2", "in_levels", 50, "failed", "card_declined"),
        ("re_1", "in_levels", 15, "refunded", None),
        ("re_sent_back", "in_levels", 1, "failed", None),
    ]


def test_a_pause_of_collection_is_a_pause(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "subscription_states", "status, valid_from, valid_to",
                "subscription_id = 'sub_paused'") == [
        ("active", at(0), at(6)),
        ("active", at(7), None),
        ("paused", at(6), at(7)),
    ]  # fmt: skip
    assert rows(staged, "subscription_pauses", "subscription_id, paused_from, paused_to") == [
        ("sub_paused", at(6), at(7))
    ]


def test_what_is_named_is_looked_up(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "services", "service") == [("app",)]
    assert rows(staged, "subscriptions", "distinct service, plan") == [("app", "Pro")]
    assert rows(staged, "customers", "customer_id, segment, country") == [("cus_1", "smb", "FI")]
