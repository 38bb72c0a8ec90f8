"""A company's money as canonical rows, and the models above them built in one go.

A test states only what matters; the defaults here are what a source would deliver besides. Staging
is not run: rows are put where canonical holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.contract import contract
from tests.support.dbt import WarehouseUnderTest

HELSINKI = ZoneInfo("Europe/Helsinki")

CORE = (
    "dim_month", "dim_fx_rate", "dim_fx_month", "changed_customer", "new_input_customer",
    "revalued_customer", "former_owner", "foreign_payer", "first_invoice", "customer_version",
    "dim_customer",
    "price_version", "item_version", "permanent_discount", "discounted_item_span",
    "fct_item_period", "invoice_line_amount", "invoice_discount_share", "contract_target",
    "delivered_state",
    "deal_price", "invoice_line_price", "fct_billed_line", "credit_document", "credit_share",
    "fct_credit", "fct_payment_term", "price_step_month",
    "fct_invoice", "further_payment", "overdue_span", "paid_through", "subscription_span",
    "subscription_base_state",
    "subscription_overlay", "fct_subscription_state", "fct_paid_period", "fct_customer_start",
    "balance_period", "balance_span", "fct_subscription_month", "fct_customer_month",
    "fct_mrr_movement", "balance_end", "customer_end",
    "churn_cause", "contractual_loss", "noncontractual_loss", "fct_customer_loss", "fct_order",
    "order_activity", "cohort_member", "cohort_month", "cohort_cell", "cohort_rate",
    "coverage_gap", "fct_given_period", "unbilled_interval", "fct_free_period", "fct_invoice_line",
    "price_month",
    "price_type_month", "price_dimension_month", "service_month",
    "service_dimension_month", "intramonth_churn", "customer_base_month",
    "customer_dimension_month", "customer_return", "lifetime_factor", "valued_loss",
    "loss_dimension_month", "service_base_month", "service_part_month", "service_exit_month",
    "retention_revaluation", "retention_period", "survival_duration", "survival_count",
    "survival_curve", "survival_estimate", "standing_subscription", "standing_customer",
    "standing_dimension", "fct_customer_revenue", "revenue_activity", "self_referral", "fct_sale",
    "fct_referral", "referred_customer",
    "growth_base", "growth_period", "sales_month", "fct_cost_month", "lifetime_value_month",
    "customer_lifetime",
)  # fmt: skip
METRICS = (
    "metric_customer_base", "metric_mrr", "metric_churn", "metric_cohort", "metric_price",
    "metric_price_waterfall", "metric_retention_period", "metric_survival", "metric_standing",
    "metric_growth", "metric_revenue_volatility", "metric_repeat_purchase", "metric_acquisition",
    "metric_lifetime_value",
)  # fmt: skip
MARTS = (
    "mrr_movement",
    "churn_value",
    "cohort_retention",
    "discount_gap",
    "price_waterfall",
    "survival",
    "revenue_at_risk",
    "customer_lifetime_value",
)

DEFAULTS: dict[str, dict[str, Any]] = {
    "subscriptions": {"service": "app", "plan": "basic", "status": "active", "currency": "EUR"},
    "subscription_items": {
        "quantity": 1,
        "currency": "EUR",
        "interval_unit": "month",
        "interval_count": 1,
    },
    "invoices": {"status": "paid", "currency": "EUR"},
    "invoice_lines": {"line_no": 1, "quantity": 1, "currency": "EUR", "is_recurring": True},
    "credit_note_lines": {"line_no": 1, "reason": "price", "currency": "EUR"},
    "payments": {"amount": 1, "currency": "EUR", "status": "succeeded"},
    "prices": {"plan": "basic", "currency": "EUR", "interval_unit": "month", "interval_count": 1},
    "orders": {"service": "shop", "currency": "EUR"},
}

Rows = Sequence[Mapping[str, Any]]
Company = Mapping[str, Rows]


def at(day: str, clock: str = "00:00") -> datetime:
    """An instant in Helsinki time."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), HELSINKI)


def put(warehouse: WarehouseUnderTest, company: Company, load_id: int = 1) -> None:
    """Add rows to canonical as one load; a row whose key stands there already replaces it."""
    warehouse.connection.execute(
        "insert into meta.load select ?, 'run', 'files', 'any', 'file', ?, 1, 0, now(), null "
        "where not exists (select 1 from meta.load where load_id = ?)",
        [load_id, str(load_id), load_id],
    )
    for entity, rows in company.items():
        lineage = {"source": "files", "load_id": load_id, "changed_load_id": load_id}
        complete = [{**DEFAULTS.get(entity, {}), **row, **lineage} for row in rows]
        _replace(warehouse, entity, contract()[entity].key, complete)
        if entity == "customers":
            _replace(warehouse, "customers_version", ("customer_id",), complete)


def _replace(
    warehouse: WarehouseUnderTest, table: str, key: tuple[str, ...], rows: list[dict[str, Any]]
) -> None:
    names = sorted({name for row in rows for name in row})
    marks = "(" + ", ".join("?" for _ in names) + ")"
    same = " and ".join(f"old.{name} is not distinct from new.{name}" for name in key)
    warehouse.connection.execute(
        f"create or replace temp table new as select * from canonical.{table} limit 0"
    )
    for first in range(0, len(rows), 100):
        chunk = rows[first : first + 100]
        warehouse.connection.execute(
            f"insert into new ({', '.join(names)}) values {', '.join(marks for _ in chunk)}",
            [row.get(name) for row in chunk for name in names],
        )
    warehouse.connection.execute(
        f"delete from canonical.{table} as old where exists (select 1 from new where {same})"
    )
    warehouse.connection.execute(f"insert into canonical.{table} select * from new")


def build_money(
    warehouse: WarehouseUnderTest,
    as_of: datetime,
    models: Iterable[str] = (*CORE, *METRICS, *MARTS),
    previous_as_of: datetime | None = None,
    full_refresh: bool = True,
    **parameters: Any,
) -> None:
    """Build the money models and count every load as built."""
    warehouse.set_context(
        as_of=as_of.astimezone(UTC),
        previous_as_of=previous_as_of and previous_as_of.astimezone(UTC),
        is_full_build=full_refresh,
    )
    warehouse.run_dbt(list(models), full_refresh=full_refresh, vars=parameters)
    warehouse.connection.execute("update meta.load set built_run_id = 'run-1'")
