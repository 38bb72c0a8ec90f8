"""One wrong word in one model, and the comparison with the truth says so.

A few in each test run, the others in `make soak`. The mutated model and what follows from it are
built anew on a copy of a simulated company's warehouse; the files of the project stay as they are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from assets.files.discovery import discover
from assets.files.loading import load
from pipelines.settings import Home
from pipelines.warehouse import connect
from simulator.company import AS_OF
from simulator.compare import Difference, Key, differences, figures_in, true_figures
from simulator.generate import Wanted, simulate, write_company
from simulator.truth import truth_of
from tests.support.build import build
from tests.support.dbt import WarehouseUnderTest, copy_home, manifest, open_copy

CUSTOMERS, SEED = 100, 6
Figures = dict[Key, Decimal | None]


class Mutation(NamedTuple):
    """A model, what it says, and what it says wrongly instead."""

    model: str
    before: str
    after: str


IN_EVERY_RUN = {
    "past due is not paid for": Mutation(
        "fct_subscription_state", "in ('active', 'past_due')", "in ('active')"
    ),
    "a private note is a reply": Mutation("fct_ticket_message", "and messages.is_public", ""),
    "a refund reverses the sale": Mutation(
        "credit_document", "'goodwill' as reason", "'error' as reason"
    ),
}
IN_THE_SOAK = {
    "a month closes as it opened": Mutation(
        "fct_customer_month", "coalesce(alone.closing_mrr_eur, 0) as closing_mrr_eur",
        "coalesce(alone.opening_mrr_eur, 0) as closing_mrr_eur",
    ),
    "staff are customers": Mutation(
        "fct_customer_revenue", "and not customer_version.is_internal", ""
    ),
    "a permanent amount off is forgotten": Mutation(
        "item_version", "- coalesce(priced.permanent_discount_amount, 0)", "- 0"
    ),
    "metered usage recurs": Mutation(
        "item_version", "coalesce(chained.is_metered, false)", "false"
    ),
    "the list is the target": Mutation(
        "price_version", "coalesce(prices.target_unit_price, prices.list_unit_price)",
        "prices.list_unit_price",
    ),
    "trailing revenue is of ten months": Mutation("contractual_loss", "-365", "-300"),
    "a cohort may exceed itself": Mutation(
        "cohort_month", "least(customers.closing_mrr_at_start_rate_eur, members.base_eur)",
        "customers.closing_mrr_at_start_rate_eur",
    ),
    "a segment holds for ever": Mutation(
        "fct_customer_month", "else {{ is_valid_on('customers', 'moved.month') }}",
        "else customers.is_current",
    ),
    "the twentieth second is too late": Mutation(
        "service_contact_measure", "queue_s <= {{ var('voice_target_s') }}",
        "queue_s < {{ var('voice_target_s') }}",
    ),
    "every abandon is a short one": Mutation(
        "fct_contact", "coalesce(queue_s < {{ var('short_abandon_s') }}, false)", "true"
    ),
    "a draft is an invoice": Mutation(
        "credit_document", "invoices.status in ('open', 'paid', 'uncollectible')",
        "invoices.status in ('open')",
    ),
    "hours never change": Mutation(
        "dim_team_schedule", "case when version_no > 1 then valid_from end as valid_from",
        "null::timestamptz as valid_from",
    ),
}  # fmt: skip


AS_OF_TIME = datetime.fromtimestamp(AS_OF, UTC)
METRICS = "metric_value"


@pytest.fixture(scope="module")
def true() -> Figures:
    return true_figures(truth_of(simulate(CUSTOMERS, SEED), AS_OF).figures)


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home
) -> tuple[Home, Figures]:
    """The home of a simulated company, built up to its metrics without gates, and those."""
    folder = tmp_path_factory.mktemp("mutations")
    inbox = write_company(folder / "company", Wanted(CUSTOMERS, SEED, form="parquet"))
    with open_copy(warehouse_template, Home(folder / "home")) as warehouse:
        load(warehouse.connection, discover(inbox), "run-1", AS_OF_TIME, lambda _: None)
        build(warehouse)
        warehouse.set_context(as_of=AS_OF_TIME)
        warehouse.run_dbt(f"path:models/core {METRICS}")
        return warehouse.home, figures_in(warehouse.connection)


def mutated_figures(built: Home, template: Home, folder: Path, mutation: Mutation) -> Figures:
    """What a company's warehouse says when one model is wrong."""
    home = copy_home(built, folder / "home")
    project = manifest(template)
    node = project.nodes[f"model.mittaristo.{mutation.model}"]
    written = node.raw_code
    assert mutation.before in written, f"{mutation.model} does not say {mutation.before!r}"
    node.raw_code = written.replace(mutation.before, mutation.after, 1)
    try:
        with connect(home) as connection:
            warehouse = WarehouseUnderTest(home, project, connection)
            warehouse.set_context(as_of=AS_OF_TIME)
            warehouse.run_dbt(f"{mutation.model}+,+{METRICS}")
            return figures_in(connection)
    finally:
        node.raw_code = written


def noticed(built: tuple[Home, Figures], true: Figures, mutated: Figures) -> set[Difference]:
    """What the comparison reports of the mutated model and not of the models as they are."""
    return set(differences(true, mutated)) - set(differences(true, built[1]))


@pytest.mark.parametrize("name", IN_EVERY_RUN)
def test_a_wrong_model_is_noticed(
    name: str,
    built: tuple[Home, Figures],
    warehouse_template: Home,
    tmp_path: Path,
    true: Figures,
) -> None:
    mutated = mutated_figures(built[0], warehouse_template, tmp_path, IN_EVERY_RUN[name])
    assert noticed(built, true, mutated)


@pytest.mark.soak
@pytest.mark.parametrize("name", IN_THE_SOAK)
def test_every_other_wrong_model_is_noticed(
    name: str,
    built: tuple[Home, Figures],
    warehouse_template: Home,
    tmp_path: Path,
    true: Figures,
) -> None:
    mutated = mutated_figures(built[0], warehouse_template, tmp_path, IN_THE_SOAK[name])
    assert noticed(built, true, mutated)
