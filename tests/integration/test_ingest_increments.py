"""However deliveries are cut into runs, canonical and quarantine hold what a full build would.

The rows come from small domains, so that keys repeat, parents come late or never, invoices change
their day, and rates are missing until a later delivery.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.row_account import account
from pipelines.settings import Home
from tests.support.build import build, canonical_nodes, check_account, content, deliver
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.deliveries import NOW

DATES = st.sampled_from(["2026-01-10", "2026-03-10"])
UPDATED = st.sampled_from(["", "2026-01-01T10:00:00Z", "2026-02-01T10:00:00+02:00", "1.2.2026"])
CURRENCIES = st.sampled_from(["EUR", "USD", "SEK"])


def _ids(prefix: str, count: int) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{prefix}{number}" for number in range(1, count + 1)])


ROWS: dict[str, dict[str, st.SearchStrategy[str]]] = {
    "customers": {
        "customer_id": st.one_of(_ids("c", 3), st.just("")),
        "segment": st.sampled_from(["small", "large"]),
        "updated_at": UPDATED,
    },
    "subscriptions": {
        "subscription_id": _ids("s", 2),
        "customer_id": _ids("c", 4),
        "status": st.sampled_from(["active", "canceled"]),
        "started_at": DATES,
        "currency": CURRENCIES,
    },
    "subscription_states": {
        "subscription_id": _ids("s", 3),
        "status": st.sampled_from(["active", "unheard-of"]),
        "valid_from": DATES,
    },
    "invoices": {
        "invoice_id": _ids("i", 2),
        "customer_id": _ids("c", 4),
        "issued_on": DATES,
        "status": st.just("paid"),
        "currency": CURRENCIES,
        "updated_at": UPDATED,
    },
    "invoice_lines": {
        "invoice_id": _ids("i", 3),
        "line_no": st.sampled_from(["1", "2"]),
        "quantity": st.sampled_from(["1", "-1", "1,5"]),
        "unit_price": st.just("5.00"),
        "currency": CURRENCIES,
    },
    "credit_note_lines": {
        "credit_note_id": _ids("n", 2),
        "line_no": st.just("1"),
        "invoice_id": st.one_of(_ids("i", 3), st.just("")),
        "issued_on": DATES,
        "reason": st.just("price"),
        "net_amount": st.just("-1.00"),
        "currency": CURRENCIES,
    },
    "fx_rates": {
        "currency": st.sampled_from(["USD", "SEK"]),
        "rate_date": st.sampled_from(["2026-01-01", "2026-02-01"]),
        "units_per_eur": st.sampled_from(["1.10", "0"]),
    },
    "sla_policies": {
        "channel": st.sampled_from(["", "email"]),
        "metric": st.just("first_reply"),
        "target_seconds": st.sampled_from(["600", "900"]),
        "valid_from": st.sampled_from(["", "2026-01-01"]),
    },
}


def _file(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _delivery(entities: list[str]) -> st.SearchStrategy[dict[str, list[dict[str, str]]]]:
    tables = {
        entity: st.lists(st.fixed_dictionaries(ROWS[entity]), min_size=1, max_size=4)
        for entity in entities
    }
    return st.fixed_dictionaries({}, optional=tables)


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[dict[str, list[dict[str, str]]], str]]:
    """Deliveries in order, each with how the run after it ends.

    An entity that was not in the first delivery never comes: its first delivery is a full build.
    """
    entities = draw(st.sets(st.sampled_from(sorted(ROWS)), min_size=3, max_size=6))
    first = {
        entity: draw(st.lists(st.fixed_dictionaries(ROWS[entity]), min_size=1, max_size=4))
        for entity in sorted(entities)
    }
    later = draw(
        st.lists(
            st.tuples(
                _delivery(sorted(entities)),
                st.sampled_from(["published", "published", "killed", "killed in quarantine"]),
            ),
            min_size=1,
            max_size=4,
        )
    )
    return [(first, "published"), *later]


def _run(warehouse: WarehouseUnderTest, number: int, ending: str) -> None:
    if ending == "published":
        build(warehouse, full_refresh=number == 0, run_id=f"run-{number}")
        return
    nodes = canonical_nodes(warehouse)
    if ending == "killed in quarantine":
        nodes = [node for node in nodes if node.startswith(("stg_", "quarantine_"))]
    warehouse.run_dbt(nodes, full_refresh=False)


def _check(home: Home, template: Home, histories: Any) -> None:
    with open_copy(template, home) as warehouse:
        for number, (delivery, ending) in enumerate(histories):
            files = {f"{entity}/{number}.csv": _file(rows) for entity, rows in delivery.items()}
            deliver(warehouse, home.path / "inbox", files, NOW + timedelta(days=number))
            _run(warehouse, number, ending)
        build(warehouse, full_refresh=False, run_id="last")
        by_increments = content(warehouse)

        build(warehouse, full_refresh=True, run_id="full")
        account(warehouse.connection, "full")
        check_account(warehouse, "full")
        assert by_increments == content(warehouse)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories=_histories())
def test_increments_agree_with_a_full_build(
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_template: Home,
    histories: Any,
) -> None:
    folder: Path = tmp_path_factory.mktemp("home")
    _check(Home(folder), warehouse_template, histories)


@pytest.mark.soak
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories=_histories())
def test_many_increments_agree_with_a_full_build(
    tmp_path_factory: pytest.TempPathFactory,
    warehouse_template: Home,
    histories: Any,
) -> None:
    folder: Path = tmp_path_factory.mktemp("home")
    _check(Home(folder), warehouse_template, histories)
