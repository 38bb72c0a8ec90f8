"""A billing system without a price list borrows the list prices of the CRM's deals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.support.dbt import WarehouseUnderTest
from tests.support.money import Company, at, build_money, put

MODELS = (
    "dim_month", "dim_fx_rate", "changed_customer", "new_input_customer", "former_owner",
    "revalued_customer",
    "foreign_payer", "first_invoice", "customer_version", "price_version", "item_version",
    "invoice_line_amount", "invoice_discount_share", "contract_target", "deal_price",
    "delivered_state",
    "invoice_line_price", "fct_billed_line",
)  # fmt: skip
FOUND = """
    select invoice_id, list_source, target_eur, negotiated_eur
    from core.fct_billed_line order by invoice_id
"""


def company() -> Company:
    return {
        "customers": [{"customer_id": "a"}, {"customer_id": "b"}],
        "invoices": [
            {"invoice_id": f"i-{name}", "customer_id": name, "issued_on": date(2026, 5, 10)}
            for name in ("a", "b")
        ],
        "invoice_lines": [
            {"invoice_id": f"i-{name}", "price_id": "pro", "unit_price": 90} for name in ("a", "b")
        ],
    }


def deal(customer_id: str, price: int) -> Company:
    return {
        "deals": [
            {"deal_id": "d", "customer_id": customer_id, "is_won": True, "currency": "EUR",
             "closed_at": at("2026-02-01")}
        ],
        "deal_lines": [
            {"deal_id": "d", "line_no": 1, "price_id": "pro", "list_unit_price": price}
        ],
    }  # fmt: skip


def test_a_deal_is_the_list_price_until_there_is_a_list(warehouse: WarehouseUnderTest) -> None:
    put(warehouse, company())
    june, july = at("2026-06-10"), at("2026-06-20")
    build_money(warehouse, june, MODELS)
    assert warehouse.query(FOUND) == [("i-a", None, None, None), ("i-b", None, None, None)]

    put(warehouse, deal("a", 100), load_id=2)
    build_money(warehouse, july, MODELS, previous_as_of=june, full_refresh=False)
    assert warehouse.query("select customer_id from core.changed_customer") == [("a",)]
    assert warehouse.query(FOUND) == [
        ("i-a", "crm_deal", Decimal(100), Decimal(10)),
        ("i-b", None, None, None),
    ]

    # The deal was b's after all.
    put(warehouse, deal("b", 120), load_id=3)
    build_money(warehouse, july, MODELS, previous_as_of=july, full_refresh=False)
    assert warehouse.query(FOUND) == [
        ("i-a", None, None, None),
        ("i-b", "crm_deal", Decimal(120), Decimal(30)),
    ]

    put(warehouse, {"prices": [{"price_id": "pro", "list_unit_price": 95}]}, load_id=4)
    build_money(warehouse, july, MODELS, previous_as_of=july, full_refresh=False)
    assert warehouse.query(FOUND) == [
        ("i-a", "price_list", Decimal(95), Decimal(5)),
        ("i-b", "price_list", Decimal(95), Decimal(5)),
    ]
