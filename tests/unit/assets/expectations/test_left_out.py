"""What an export left out, as other rows tell it: each is asked of a whole month that is not there,
and of what looks alike and is no fault.
"""

from __future__ import annotations

import duckdb
import pytest

from assets.expectations.scope import GateRun
from assets.expectations.suites import SUITES_DIR, read_suite
from assets.expectations.validation import validate

from .support import NOW, warehouse

# Thirty customers, billed, paid for, using and writing on the fifth of each month.
COMPANY = """
    create table monthly as
    select
        strftime(day, '%Y-%m') || '-' || customer.n as id,
        'c' || customer.n as customer_id,
        cast(day as timestamptz) as moment
    from generate_series(timestamp '2025-07-05', timestamp '2026-03-05', interval 1 month)
        as month (day)
    cross join range(30) as customer (n);

    insert into canonical.invoices (invoice_id, issued_on, total_excl_tax)
    select id, cast(moment as date), 10 from monthly;

    insert into canonical.invoice_lines (invoice_id, service_from, load_id, row_no)
    select id, moment, 1, row_number() over (order by id) from monthly;

    insert into canonical.payments (payment_id, invoice_id, paid_at)
    select id, id, moment from monthly;

    insert into canonical.tickets (ticket_id, customer_id, created_at)
    select id, customer_id, moment from monthly;

    insert into canonical.users (user_id, customer_id)
    select distinct 'u' || customer_id, customer_id from monthly;

    insert into canonical.activity_events (event_id, user_id, occurred_at)
    select id, 'u' || customer_id, moment from monthly;

    create table quarantine.invoice_lines (load_id bigint, row_no bigint, reasons varchar);
    create table staging.stg_files__invoice_lines as from canonical.invoice_lines;
"""


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = warehouse()
    connection.execute("insert into meta.run_context values ('run-1', ?, null, true)", [NOW])
    connection.execute(COMPANY)
    assert connection.execute("select count(*) from monthly").fetchall() == [(270,)]
    return connection


def ask(connection: duckdb.DuckDBPyConnection, entity: str, name: str) -> tuple[str, float | None]:
    """Whether this expectation of a shipped suite holds, and what it observed."""
    suite = read_suite(SUITES_DIR / "canonical" / f"{entity}.yml")
    [outcome] = [
        outcome
        for outcome in validate(connection, [suite], GateRun("run-1", "canonical", True))
        if outcome.expectation.name == name
    ]
    assert outcome.expectation.severity == "block"
    observed = outcome.finding.observed
    return outcome.outcome, None if observed is None else round(float(observed), 4)


def refuse_lines(connection: duckdb.DuckDBPyConnection, month: str, rows_n: int) -> None:
    """So many lines of the month wait for their invoice."""
    connection.execute(
        """
        insert into quarantine.invoice_lines
        select load_id, row_no, 'invoice_id: no row "' || invoice_id || '" in invoices'
        from canonical.invoice_lines
        where invoice_id like ?
        order by row_no
        limit ?
        """,
        [f"{month}%", rows_n],
    )
    connection.execute(
        "delete from canonical.invoice_lines "
        "where (load_id, row_no) in (select (load_id, row_no) from quarantine.invoice_lines)"
    )


REFUSED = "quarantined_share_of_a_month_to_be_at_most"


@pytest.mark.parametrize(
    ("rows_n", "expected"),
    [(0, ("passed", None)), (15, ("passed", 0.5)), (16, ("failed", 0.5333)), (30, ("failed", 1))],
)
def test_lines_whose_invoices_never_came_block(
    connection: duckdb.DuckDBPyConnection, rows_n: int, expected: tuple[str, float | None]
) -> None:
    refuse_lines(connection, "2026-01", rows_n)
    assert ask(connection, "invoice_lines", REFUSED) == expected


def test_lines_that_were_refused_for_another_reason_are_not_meant(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    refuse_lines(connection, "2026-01", 30)
    connection.execute("update quarantine.invoice_lines set reasons = 'quantity: not a number'")
    assert ask(connection, "invoice_lines", REFUSED) == ("passed", None)


def test_a_month_of_few_lines_is_not_judged(connection: duckdb.DuckDBPyConnection) -> None:
    refuse_lines(connection, "2026-01", 19)
    connection.execute("delete from canonical.invoice_lines where invoice_id like '2026-01%'")
    assert ask(connection, "invoice_lines", REFUSED) == ("passed", None)


def test_lines_from_before_the_first_invoice_are_no_hole(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    refuse_lines(connection, "2025-07", 30)
    assert ask(connection, "invoice_lines", REFUSED) == ("passed", None)


UNKNOWN = "unknown_share_of_a_month_to_be_at_most"


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("false", ("passed", 0)),
        ("invoice_id like '2026-01%'", ("failed", 1)),
        ("invoice_id like '2026-01-1%'", ("passed", 0.3667)),
        # Payments that are older than the first bill that was delivered.
        ("issued_on < date '2025-10-01'", ("passed", 0)),
        ("true", ("passed", None)),
    ],
)
def test_payments_of_bills_that_never_came_block(
    connection: duckdb.DuckDBPyConnection, lost: str, expected: tuple[str, float | None]
) -> None:
    connection.execute(f"delete from canonical.invoices where {lost}")
    assert ask(connection, "payments", UNKNOWN) == expected


def test_a_month_of_few_payments_is_not_judged(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("delete from canonical.invoices where invoice_id like '2026-01%'")
    connection.execute("delete from canonical.payments where invoice_id like '2026-01-1%'")
    assert ask(connection, "payments", UNKNOWN) == ("passed", 0)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("false", ("passed", 0)),
        ("invoice_id like '2026-01%'", ("failed", 1)),
        ("invoice_id like '2026-01-1%'", ("passed", 0.3667)),
        ("service_from < date '2025-10-01'", ("passed", 0)),
        ("true", ("passed", None)),
    ],
)
def test_bills_whose_lines_never_came_block(
    connection: duckdb.DuckDBPyConnection, lost: str, expected: tuple[str, float | None]
) -> None:
    connection.execute(f"delete from canonical.invoice_lines where {lost}")
    assert ask(connection, "invoices", "lineless_share_of_a_month_to_be_at_most") == expected


UNSEEN = "customers_heard_elsewhere_to_be_seen_here"


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        ("false", ("passed", None)),
        ("occurred_at >= '2026-03-01'", ("failed", 30)),
        ("occurred_at >= '2026-02-01'", ("failed", 60)),
        ("event_id like '2025-12%'", ("failed", 30)),
        # Nine of ten are gone, and a product may be unloved.
        ("event_id like '2025-12%' and user_id not in ('uc1', 'uc2', 'uc3')", ("passed", None)),
        # A stream that began later than the tickets.
        ("occurred_at < '2025-11-01'", ("passed", None)),
    ],
)
def test_use_that_ends_while_customers_go_on_blocks(
    connection: duckdb.DuckDBPyConnection, lost: str, expected: tuple[str, float | None]
) -> None:
    connection.execute(f"delete from canonical.activity_events where {lost}")
    assert ask(connection, "activity_events", UNSEEN) == expected


@pytest.mark.parametrize(
    ("quiet", "observed"),
    [
        # A holiday: hardly anybody writes either.
        ("delete from canonical.tickets where ticket_id > '2026-03-10'", None),
        # Who writes is seldom one who uses it: their silence says little.
        ("update canonical.tickets set customer_id = 'b' where ticket_id not like '%-7'", 1),
        # Nobody knows who wrote.
        ("update canonical.tickets set customer_id = null", None),
    ],
)
def test_use_that_ends_with_all_else_is_no_fault(
    connection: duckdb.DuckDBPyConnection, quiet: str, observed: float | None
) -> None:
    connection.execute("delete from canonical.activity_events where occurred_at >= '2026-03-01'")
    connection.execute(quiet)
    assert ask(connection, "activity_events", UNSEEN) == ("passed", observed)
