"""How a model takes its place in the warehouse (macros/materializations.sql)."""

from __future__ import annotations

import pytest

from tests.support.dbt import WarehouseUnderTest

LOG = "fct_ticket_event fct_ticket_log"
KINDS = """
    select table_name, table_type from information_schema.tables
    where table_schema = 'core' and table_name like 'fct_ticket_%' order by all
"""


def test_a_model_takes_the_place_of_a_relation_of_another_kind(
    warehouse: WarehouseUnderTest,
) -> None:
    warehouse.query("create schema if not exists core")
    warehouse.query("create table core.fct_ticket_event as select 1 as what_it_was")
    warehouse.query("create view core.fct_ticket_log as select 1 as what_it_was")

    warehouse.run_dbt(LOG)

    assert warehouse.query(KINDS) == [
        ("fct_ticket_event", "VIEW"),
        ("fct_ticket_log", "BASE TABLE"),
    ]
    assert warehouse.query("select ticket_id from core.fct_ticket_log") == []


def test_a_table_that_cannot_be_made_again_stays_as_it_was(warehouse: WarehouseUnderTest) -> None:
    warehouse.run_dbt(LOG)
    warehouse.query("insert into core.fct_ticket_log (ticket_id) values ('t')")
    warehouse.query("create or replace view core.fct_ticket_event as select 1 as something_else")

    with pytest.raises(AssertionError, match="fct_ticket_log"):
        warehouse.run_dbt("fct_ticket_log")

    assert warehouse.query("select ticket_id from core.fct_ticket_log") == [("t",)]


def test_ids_are_stored_as_they_are_and_names_are_not(warehouse: WarehouseUnderTest) -> None:
    warehouse.query(
        "insert into canonical.ticket_events by name select 'e' || n as event_id, "
        "'t' || n as ticket_id, timestamptz '2026-03-02 10:00:00+00' as occurred_at, "
        "'status' as field, 'new' as from_value, 'open' as to_value, 'files' as source, "
        "1 as load_id, 1 as changed_load_id, n as row_no, 1 as versions_n "
        "from range(20000) as numbers (n)"
    )

    warehouse.run_dbt(LOG)
    warehouse.query("checkpoint")

    stored = warehouse.query(
        "select column_name, list_sort(list(distinct compression)) "
        "from pragma_storage_info('core.fct_ticket_log') "
        "where column_name in ('ticket_id', 'routed_to') and segment_type = 'VARCHAR' "
        "group by column_name order by column_name"
    )
    assert [name for name, _ in stored] == ["routed_to", "ticket_id"]
    assert stored[1][1] == ["Uncompressed"]
    assert "Uncompressed" not in stored[0][1]
