"""One value broken in a clean warehouse, and the shipped expectation that sees it."""

from __future__ import annotations

import duckdb
import pytest

from assets.expectations.scope import GateRun
from assets.expectations.suites import Gate, read_suite, suite_files
from assets.expectations.validation import validate

from .support import add_load, warehouse

RUN = "run-1"


def build(connection: duckdb.DuckDBPyConnection, script: str) -> None:
    for statement in script.split(";"):
        if statement.strip():
            connection.execute(statement)


CLEAN = """
    insert into meta.run_context values ('run-1', timestamptz '2026-04-01 00:00Z', null, true);
    insert into meta.row_account values ('run-1', 'tickets', 'files', 21, 21, 0, 0);
    insert into meta.row_account values ('run-1', 'fx_rates', 'files', 2, 2, 0, 0);
    insert into meta.row_account values ('run-1', 'orders', 'files', 1, 1, 0, 0);

    create table raw_files.tickets as
    select 't' || i as ticket_id, 'tickets.csv' as file, i as row_no, 'h' as content_hash,
        1 as load_id, timestamptz '2026-04-01 00:00Z' as loaded_at
    from range(1, 22) as r (i);

    create table quarantine.tickets (
        source varchar, load_id bigint, row_no bigint, reasons varchar
    );
    create table quarantine.fx_rates as from quarantine.tickets;
    create table quarantine.orders as from quarantine.tickets;

    insert into canonical.customers by name select 'c1' as customer_id;
    insert into canonical.tickets by name
    select 't' || i as ticket_id, 'email' as channel, 'solved' as status, 'c1' as customer_id,
        timestamptz '2026-03-01 00:00Z' as created_at, timestamptz '2026-03-02 00:00Z' as solved_at,
        sha256('x') as requester_address, 1 as load_id, 1 as changed_load_id
    from range(1, 22) as r (i);
    insert into canonical.fx_rates by name
    select 'USD' as currency, date '2026-03-01' + i::integer as rate_date, 1.1 as units_per_eur,
        'files' as source, 2 as load_id, 2 as changed_load_id
    from range(2) as r (i);
    insert into canonical.orders by name
    select 'o1' as order_id, timestamptz '2026-03-01 00:00Z' as ordered_at, 10 as net_amount,
        'USD' as currency, 3 as load_id, 1 as row_no, 3 as changed_load_id;
    create table staging.stg_files__orders as from canonical.orders;

    create table core.fct_customer_month as
    select * from (values
        ('c1', date '2026-01-01', 0, 0.0, 100.0, 0.0, false, true, 'new'),
        ('c1', date '2026-02-01', 1, 98.0, 98.0, -2.0, true, true, 'none'),
        ('c1', date '2026-03-01', 2, 98.0, 0.0, 0.0, true, false, 'churn')
    ) as fact (customer_id, month, tenure_months, opening_mrr_eur, closing_mrr_eur, fx_eur,
        is_open_start, is_open_end, movement);
    create table core.fct_mrr_movement as
    select *, 's1' as subscription_id, 'basic' as plan, 'USD' as currency from (values
        ('c1', date '2026-01-01', 'new', 100.0),
        ('c1', date '2026-02-01', 'fx', -2.0),
        ('c1', date '2026-03-01', 'churn', -98.0)
    ) as fact (customer_id, month, movement, amount_eur);
    create table core.service_month as
    select *, 'web' as service, 'small' as segment, 'basic' as plan from core.fct_customer_month;
    create table core.fct_customer_loss as
    select 'c1' as customer_id, date '2026-03-01' as month, 98.0 as churned_mrr_eur;
    create table core.agent_month as select 'a1' as agent_id, 1 as solved_n;
    create table core.fct_ticket as
    select 't' || i as ticket_id, 'c1' as customer_id,
        timestamptz '2026-03-01 00:00Z' as created_at,
        timestamptz '2026-03-01 01:00Z' as first_reply_at,
        timestamptz '2026-03-02 00:00Z' as first_solved_at,
        timestamptz '2026-03-02 00:00Z' as last_solved_at,
        3600 as frt_calendar_s, 600 as frt_business_s,
        86400 as first_resolution_calendar_s, 28800 as first_resolution_business_s,
        86400 as full_resolution_calendar_s, 28800 as full_resolution_business_s,
        1 as replies_n, 0 as reopens_n, 0 as transfers_n, 1 as contacts_to_first_solve_n,
        true as is_one_touch, true as is_fcr, null::varchar as fcr_failure_reason,
        null::varchar as fcr_exclusion_reason
    from range(1, 22) as r (i);

    create table marts.mrr_movement as
    select 'run-1' as run_id, month, 'web' as service, 'small' as segment, 'basic' as plan,
        opening_mrr_eur, closing_mrr_eur, fx_eur,
        case when movement = 'new' then closing_mrr_eur else 0 end as new_eur,
        0.0 as reactivation_eur, 0.0 as expansion_eur, 0.0 as contraction_eur,
        case when movement = 'churn' then opening_mrr_eur else 0 end as churn_eur,
        case movement when 'none' then 1.0 when 'churn' then 0.0 end as grr, grr as nrr
    from core.fct_customer_month;
    create table marts.churn_value as
    select 'run-1' as run_id, date '2026-03-01' as month, 'voluntary' as churn_type,
        'web' as service, 'small' as segment, 'basic' as plan, '0-3' as tenure_band,
        'mrr' as basis, 1 as churned_n, 98.0 as churned_mrr_eur, 1176.0 as churn_value_eur,
        98.0 as opening_mrr_eur;
    create table restricted.agent_kpi as
    select 'run-1' as run_id, date '2026-03-01' as month, sha256('a1') as agent_key,
        'email' as channel, 'desk' as team, 1 as contacts_n, 1 as answered_n, 1 as resolved_n,
        1 as solved_n,
        0.5 as fcr_rate, 0.0 as reopen_rate, 1.0 as one_touch_rate, 'ok' as status,
        10 as asa_s, 10 as aht_s, 10 as frt_median_s, 10 as frt_mean_s, 10 as art_median_s,
        10 as art_mean_s;
"""


@pytest.fixture(scope="module")
def clean() -> duckdb.DuckDBPyConnection:
    connection = warehouse()
    build(connection, CLEAN)
    add_load(connection, 1, "tickets", rows_n=21)
    add_load(connection, 2, "fx_rates", rows_n=2)
    add_load(connection, 3, "orders", rows_n=1)
    connection.execute(
        "update canonical.tickets set source = 'files'; update canonical.orders set source = null"
    )
    return connection


def gate_of(table: str) -> Gate:
    gates: dict[str, Gate] = {
        "raw_files": "raw",
        "canonical": "canonical",
        "core": "core",
        "marts": "marts",
        "restricted": "marts",
    }
    return gates[table.split(".")[0]]


def complaints(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    """Ids of what did not pass, prefixed with the severity or `error`."""
    gate = gate_of(table)
    suite = read_suite(suite_files(gate)[table])
    outcomes = validate(connection, [suite], GateRun(RUN, gate, is_full=True))
    assert len(outcomes) == len(suite.expectations)
    return {
        f"{'error' if o.outcome == 'error' else o.expectation.severity} {o.expectation.id}"
        for o in outcomes
        if o.outcome != "passed"
    }


MUTATIONS = [
    (
        "raw_files.tickets",
        "delete from raw_files.tickets where row_no = 7",
        "block landed_rows_to_match_the_load_record",
    ),
    (
        "raw_files.tickets",
        "update raw_files.tickets set row_no = 1 where row_no = 2",
        "block expect_compound_columns_to_be_unique",
    ),
    (
        "raw_files.tickets",
        "update raw_files.tickets set ticket_id = '' where row_no > 5",
        "block empty_share_to_be_at_most:ticket_id",
    ),
    (
        "canonical.tickets",
        "update canonical.tickets set channel = 'fax' where ticket_id = 't3'",
        "block expect_column_values_to_be_in_set:channel",
    ),
    (
        "canonical.tickets",
        "update canonical.tickets set requester_address = 'a@b.example' where ticket_id = 't3'",
        "block values_to_be_pseudonyms:requester_address",
    ),
    (
        "canonical.tickets",
        "update canonical.tickets set solved_at = '2026-02-01' where ticket_id = 't3'",
        "warn created_at_to_precede_solved_at",
    ),
    (
        "canonical.tickets",
        "update canonical.tickets set customer_id = 'nobody' where ticket_id = 't3'",
        "warn references_to_be_known:customer_id",
    ),
    (
        "canonical.tickets",
        "update canonical.tickets set created_at = '0202-03-01' where ticket_id = 't3'",
        "warn expect_column_values_to_be_between:created_at",
    ),
    (
        "canonical.tickets",
        "update meta.row_account set rows_current = 20 where entity = 'tickets'",
        "block rows_in_to_be_accounted_for",
    ),
    (
        "canonical.tickets",
        "delete from meta.row_account where entity = 'tickets'",
        "block rows_in_to_be_accounted_for",
    ),
    (
        "canonical.tickets",
        "insert into quarantine.tickets values ('files', 1, 3, 'channel: fax')",
        "warn quarantined_share_to_be_small",
    ),
    (
        "canonical.fx_rates",
        "update canonical.fx_rates set units_per_eur = 11 where rate_date = '2026-03-02'",
        "warn rate_not_to_jump",
    ),
    (
        "canonical.fx_rates",
        "update canonical.fx_rates set units_per_eur = 0",
        "block expect_column_values_to_be_between:units_per_eur",
    ),
    (
        "canonical.orders",
        "insert into quarantine.orders values "
        "('files', 3, 2, 'currency: no rate for USD on or before 2026-03-01')",
        "block every_amount_to_have_a_rate",
    ),
    (
        "core.fct_customer_month",
        "update core.fct_customer_month set opening_mrr_eur = 99 where month = '2026-02-01'",
        "block opening_to_be_the_previous_closing_plus_fx",
    ),
    (
        "core.fct_customer_month",
        "update core.fct_customer_month set is_open_end = true where month = '2026-03-01'",
        "block customers_to_roll_forward",
    ),
    (
        "core.fct_customer_month",
        "update core.fct_customer_month set month = '2026-05-01' where month = '2026-03-01'",
        "block no_month_to_lie_after_as_of",
    ),
    (
        "core.fct_mrr_movement",
        "delete from core.fct_mrr_movement where movement = 'churn'",
        "block movements_to_explain_the_balances",
    ),
    (
        "core.fct_mrr_movement",
        "update core.fct_mrr_movement set amount_eur = 98 where movement = 'churn'",
        "block movement_to_have_its_sign",
    ),
    (
        "core.fct_ticket",
        "update core.fct_ticket set frt_business_s = 3601 where ticket_id = 't3'",
        "block business_time_not_to_exceed_calendar_time",
    ),
    (
        "core.fct_ticket",
        "delete from core.fct_ticket where ticket_id = 't3'",
        "block every_ticket_to_be_here",
    ),
    (
        "core.fct_ticket",
        "update core.fct_ticket set first_reply_at = null where ticket_id = 't3'",
        "block unanswered_ticket_to_have_no_reply_time",
    ),
    (
        "core.fct_ticket",
        "update core.fct_ticket set reopens_n = 1 where ticket_id = 't3'",
        "block reopened_ticket_not_to_be_one_touch",
    ),
    (
        "marts.mrr_movement",
        "update marts.mrr_movement set churn_eur = 97 where month = '2026-03-01'",
        "block mrr_to_roll_forward",
    ),
    (
        "marts.mrr_movement",
        "update marts.mrr_movement set segment = null",
        "block dimensions_to_be_named",
    ),
    (
        "marts.mrr_movement",
        "delete from marts.mrr_movement where month = '2026-02-01'",
        "block rows_to_sum_to_the_customers",
    ),
    (
        "marts.churn_value",
        "update marts.churn_value set churned_mrr_eur = 97, churn_value_eur = 1164",
        "block types_to_sum_to_the_churn_of_the_month",
    ),
    (
        "marts.mrr_movement",
        "update marts.mrr_movement set nrr = 0.9 where month = '2026-02-01'",
        "block gross_retention_to_be_at_most_net",
    ),
    (
        "marts.churn_value",
        "update marts.churn_value set opening_mrr_eur = 99",
        "block bases_to_be_those_of_the_movements",
    ),
    (
        "marts.churn_value",
        "update marts.churn_value set run_id = 'run-0'",
        "block rows_to_carry_this_run",
    ),
    (
        "restricted.agent_kpi",
        "update restricted.agent_kpi set agent_key = 'a1'",
        "block values_to_be_pseudonyms:agent_key",
    ),
    (
        "restricted.agent_kpi",
        "update restricted.agent_kpi set status = 'suppressed'",
        "block suppressed_row_to_be_empty",
    ),
]


@pytest.mark.parametrize("table", sorted({table for table, _, _ in MUTATIONS}))
def test_the_clean_warehouse_passes(clean: duckdb.DuckDBPyConnection, table: str):
    assert complaints(clean, table) == set()


@pytest.mark.parametrize(("table", "mutation", "wanted"), MUTATIONS)
def test_one_broken_value_is_seen(
    clean: duckdb.DuckDBPyConnection, table: str, mutation: str, wanted: str
):
    changeable = (table, "meta.row_account", "quarantine.tickets", "quarantine.orders")
    for number, name in enumerate(changeable):
        clean.execute(f"create or replace temp table before_{number} as from {name}")
    clean.execute(mutation)
    try:
        found = complaints(clean, table)
    finally:
        for number, name in enumerate(changeable):
            clean.execute(f"delete from {name}")
            clean.execute(f"insert into {name} from before_{number}")
    assert wanted in found
    assert not any(each.startswith("error") for each in found)
