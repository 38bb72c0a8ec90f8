"""A helpdesk's rows in canonical, and the models above them built in one go.

Staging is not run: rows are put where canonical holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.dbt import WarehouseUnderTest

SERVICE = (
    "changed_contact", "changed_ticket", "changed_ticket_event", "changed_ticket_message",
    "changed_ticket_month", "changed_service_month", "fct_ticket_event", "fct_ticket_message",
    "dim_agent", "dim_team_schedule", "dim_business_interval", "fct_contact",
    "fct_ticket_merge_path", "fct_ticket_merge", "fct_ticket_deletion", "fct_ticket_log",
    "fct_ticket_talk", "fct_ticket_human_reply", "fct_ticket_reopen", "fct_ticket_course",
    "fct_ticket_reply", "fct_ticket_replied", "fct_ticket_routing", "fct_ticket_held",
    "fct_ticket_session", "fct_ticket_bot_session", "fct_ticket_case", "fct_ticket_clock",
    "fct_ticket_repeat", "fct_ticket_status_interval", "fct_ticket_wait", "fct_ticket",
    "changed_ticket_fact", "fct_ticket_turn", "fct_ticket_stay", "fct_ticket_open_span",
    "fct_customer_wait", "fct_backlog_day", "dim_sla_policy", "dim_sla_target", "dim_business_hour",
    "fct_sla_obligation", "fct_sla_governed", "fct_sla_stretch", "fct_sla_pause",
    "fct_sla_instance", "dim_question", "survey_answer", "fct_survey_response", "fct_csat_rating",
    "fct_qa_rating", "fct_qa_review", "fct_agent_credit", "agent_work_month", "agent_month",
    "agent_kpi", "dim_team_month", "fct_cost_month", "service_ticket_measure",
    "service_mark_measure", "service_contact_measure", "service_case_measure",
    "service_sla_measure", "service_review_measure", "service_survey_measure", "service_cell_month",
    "service_backlog_month", "service_waiting_month", "service_stock_month",
    "service_occupancy_month", "service_measure_month", "service_contact_rate_month",
    "service_cost_month", "service_cause_month", "service_review_month", "service_duration_month",
    "service_duration_statistic", "service_figure", "service_shown_figure", "metric_service",
    "service_kpi", "fct_queue_slot", "service_live",
)  # fmt: skip

# What a full build and any increments must agree on.
RESULTS = (
    "core.fct_ticket", "core.fct_contact", "core.fct_ticket_reopen",
    "core.fct_ticket_status_interval", "core.fct_ticket_turn", "core.fct_sla_instance",
    "core.fct_ticket_open_span", "core.fct_customer_wait", "core.fct_backlog_day",
    "restricted.agent_kpi", "core.metric_service", "marts.service_kpi",
    "core.fct_queue_slot", "marts.service_live",
)  # fmt: skip

# What service reads of the customers and their money, as it stands where there are none.
_NO_CUSTOMERS = """
    create schema if not exists core;
    create table if not exists core.dim_fx_rate (
        currency varchar, day date, units_per_eur decimal(18, 6)
    );
    create table if not exists core.customer_dimension_month (
        month date, dim_name varchar, dim_value varchar, opening_n bigint, closing_n bigint
    );
    create table if not exists core.dim_customer (
        customer_id varchar, segment varchar, customer_type varchar, region varchar,
        acquisition_source varchar, valid_from timestamptz, valid_to timestamptz
    );
"""

World = Mapping[str, Iterable[Mapping[str, Any]]]


def deliver(warehouse: WarehouseUnderTest, world: World, load_id: int = 1) -> None:
    """Put the rows into canonical, as delivered by one load."""
    for entity, rows in world.items():
        warehouse.insert(
            f"canonical.{entity}",
            (
                {
                    **row,
                    "source": "files",
                    "load_id": load_id,
                    "changed_load_id": load_id,
                    "row_no": number,
                }
                for number, row in enumerate(rows, start=1)
            ),
        )


def build_service(
    warehouse: WarehouseUnderTest,
    full_refresh: bool = True,
    models: Iterable[str] = SERVICE,
    **parameters: Any,
) -> None:
    """Ticket, contact and agent facts and the service metrics, or the first of them."""
    warehouse.connection.execute(_NO_CUSTOMERS)
    warehouse.run_dbt(models, full_refresh=full_refresh, vars=parameters)


def rows_by(
    warehouse: WarehouseUnderTest, table: str, *key: str
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The table's rows by the named columns."""
    cursor = warehouse.connection.execute(f"select * from {table}")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {tuple(row[name] for name in key): row for row in rows}
