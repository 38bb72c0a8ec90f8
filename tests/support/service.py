"""A helpdesk's rows in canonical, and the models above them built in one go.

Staging is not run: rows are put where canonical holds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.dbt import WarehouseUnderTest

SERVICE = (
    "changed_contact", "changed_ticket", "dim_agent", "dim_team_schedule", "dim_business_interval",
    "fct_contact", "fct_ticket_merge", "fct_ticket_log", "fct_ticket_human_reply",
    "fct_ticket_reopen", "fct_ticket_course", "fct_ticket_reply", "fct_ticket_routing",
    "fct_ticket_held", "fct_ticket_session", "fct_ticket_bot_session", "fct_ticket_case",
    "fct_ticket_clock", "fct_ticket_repeat", "fct_ticket", "dim_question",
    "survey_answer", "fct_survey_response", "fct_csat_rating", "fct_qa_review",
    "fct_agent_credit", "agent_month", "agent_kpi", "service_ticket_measure",
    "service_contact_measure", "service_measure_month", "service_duration_month",
    "service_duration_statistic", "metric_service",
)  # fmt: skip

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
    warehouse: WarehouseUnderTest, full_refresh: bool = True, **parameters: Any
) -> None:
    """Ticket, contact and agent facts and the service metrics."""
    warehouse.run_dbt(SERVICE, full_refresh=full_refresh, vars=parameters)


def rows_by(
    warehouse: WarehouseUnderTest, table: str, *key: str
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The table's rows by the named columns."""
    cursor = warehouse.connection.execute(f"select * from {table}")
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {tuple(row[name] for name in key): row for row in rows}
