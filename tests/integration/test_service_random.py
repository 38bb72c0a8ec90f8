"""Random helpdesks: the models against plain loops, and increments against a full build."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256
from math import isclose
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipelines.settings import Home
from pipelines.warehouse import pseudonym_key
from tests.support.brute_queue import Queue, midnight, month_edges
from tests.support.brute_service import Helpdesk
from tests.support.build import build as build_canonical
from tests.support.build import deliver as load_files
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.random_helpdesk import START, hours_of, random_helpdesk
from tests.support.service import RESULTS, build_service, deliver, rows_by

# A seed does not shrink: a smaller number is another helpdesk, not a smaller one.
PHASES = (Phase.explicit, Phase.generate)
SMALL_CELLS: dict[str, Any] = {"agent_min_tickets": 2, "agent_min_team": 2}
COMPARED = (
    "customer_id", "first_team", "created_at", "first_reply_at", "first_responder_agent_id",
    "first_solved_at", "last_solved_at", "assignee_at_first_solve", "assignee_at_last_solve",
    "team_at_first_reply", "team_at_first_solve", "team_at_last_solve", "frt_calendar_s",
    "frt_business_s", "first_resolution_calendar_s", "first_resolution_business_s",
    "full_resolution_calendar_s", "full_resolution_business_s", "replies_n", "reopens_n",
    "transfers_n", "is_one_touch", "is_fcr", "fcr_failure_reason", "fcr_exclusion_reason",
    "is_history_known", "exclusion_reason",
)  # fmt: skip
KEYS = {
    "tickets": "ticket_id",
    "ticket_events": "event_id",
    "messages": "message_id",
    "contacts": "contact_id",
    "people": "person_id",
    "customers": "customer_id",
}
WAITS = {
    "requester_wait": ("new", "open", "hold"),
    "agent_wait": ("pending",),
    "on_hold": ("hold",),
}


def _agree(ours: Any, theirs: Any) -> bool:
    if ours is None or theirs is None or isinstance(theirs, str):
        return bool(ours == theirs)
    return isclose(float(ours), float(theirs), abs_tol=1e-5)


def _undelivered(world: dict[str, list[dict[str, Any]]], random: Random) -> None:
    """Now and then a source that delivers no log, no messages or no calls."""
    for entity in ("ticket_events", "messages", "contacts"):
        if random.random() < 0.1:
            world[entity] = []


def _compare_queue(warehouse: WarehouseUnderTest, queue: Queue) -> None:
    """Waits, turns, SLA clocks, and who and what waits at the ends of days and months."""
    as_of = queue.desk.as_of
    facts = rows_by(warehouse, "core.fct_ticket", "ticket_id")
    turns = rows_by(warehouse, "core.fct_ticket_turn", "ticket_id", "turn_no")
    instances = rows_by(warehouse, "core.fct_sla_instance", "ticket_id", "metric", "turn_no")
    owed = 0
    for ticket, _ in queue.counted():
        ticket_id = ticket["ticket_id"]
        for wait, statuses in WAITS.items():
            for clock in ("calendar", "business"):
                expected = queue.wait(ticket_id, clock, *statuses)
                assert facts[ticket_id,][f"{wait}_{clock}_s"] == expected, (ticket_id, wait, clock)
        for number, turn in enumerate(queue.turns(ticket), start=1):
            row = turns.pop((ticket_id, number))
            found = (
                row["asked_at"], row["replied_at"], row["responder_agent_id"], row["team_at_reply"]
            )  # fmt: skip
            assert found == (turn.asked_at, turn.replied_at, turn.agent_id, turn.team), ticket_id
        for (metric, number), due in queue.obligations(ticket).items():
            row = instances.pop((ticket_id, metric, number))
            where = (ticket_id, metric, number, due)
            owed += 1
            assert row["target_s"] == due.policy["target_seconds"], where
            assert (row["finished_at"], row["dropped_at"]) == (due.finished_at, due.dropped_at)
            assert row["is_paused"] == due.is_paused, where
            late = row["is_breached"]
            if due.finished_at or due.dropped_at:
                assert row["elapsed_s"] == due.elapsed_s, where
                assert late == (True if due.is_late else False if due.finished_at else None), where
            else:
                assert late is None
                is_late = row["late_after"] is not None and row["late_after"] < as_of
                assert is_late == due.is_late, where
            deadline = row["deadline_at"]
            ended = due.finished_at or due.dropped_at
            if deadline is not None and deadline <= (ended or as_of):
                reached = queue.elapsed(ticket_id, due.policy, due.started_at, deadline)
                assert reached == row["target_s"], where
    left = {ticket_id for ticket_id, *_ in [*turns, *instances]}
    assert all(facts[ticket_id,]["exclusion_reason"] for ticket_id in left)
    assert owed or not queue.desk.world["sla_policies"] or not list(queue.counted())

    company = {
        row["month"]: row
        for row in rows_by(
            warehouse, "marts.service_kpi", "month", "team", "channel", "priority", "topic"
        ).values()
        if (row["team"], row["channel"], row["priority"], row["topic"]) == ("all",) * 4
    }
    for month, edge in month_edges(min(company), as_of) if company else ():
        row = company[month]
        assert row["ticket_backlog"] == len(queue.backlog(edge)), month
        assert _agree(row["backlog_age_median_days"], queue.median_age(edge)), month
        if queue.desk.world.get("messages"):
            assert row["open_cases"] == len(queue.waiting(edge)), (month, queue.waiting(edge))
            assert row["unanswered_n"] == queue.unanswered(edge), month
    days = dict(
        warehouse.query("select day, sum(open_tickets_n) from core.fct_backlog_day group by day")
    )
    first = START.date()
    for day in (first + timedelta(days=n) for n in range((as_of.date() - first).days)):
        backlog = len(queue.backlog(midnight(day + timedelta(days=1))))
        assert days.get(day, 0) == backlog, day


@settings(max_examples=3, deadline=None, phases=PHASES, derandomize=True)
@given(seed=st.integers(min_value=0))
def test_facts_and_agent_figures_are_what_plain_loops_find(
    warehouse_template: Home, seed: int
) -> None:
    check_facts(warehouse_template, seed)


@pytest.mark.soak
@settings(max_examples=40, deadline=None, phases=PHASES)
@given(seed=st.integers(min_value=0))
def test_facts_of_many_helpdesks_are_what_plain_loops_find(
    warehouse_template: Home, seed: int
) -> None:
    check_facts(warehouse_template, seed)


def check_facts(warehouse_template: Home, seed: int) -> None:
    random = Random(seed)
    world = random_helpdesk(random)
    _undelivered(world, random)
    as_of = START + timedelta(days=random.choice([20, 44, 75, 120]), hours=random.randrange(24))
    helpdesk = Helpdesk(world, as_of, hours_of, START - timedelta(days=1))
    with (
        TemporaryDirectory() as folder,
        open_copy(warehouse_template, Home(Path(folder) / "home")) as warehouse,
    ):
        deliver(warehouse, world)
        warehouse.set_context(as_of=as_of)
        build_service(warehouse, **SMALL_CELLS)

        facts = rows_by(warehouse, "core.fct_ticket", "ticket_id")
        assert {ticket_id for (ticket_id,) in facts} == set(helpdesk.tickets)
        for (ticket_id,), fact in facts.items():
            expected = helpdesk.facts[ticket_id]
            assert {n: fact[n] for n in COMPARED} == {n: expected[n] for n in COMPARED}, ticket_id

        _compare_queue(warehouse, Queue(helpdesk))

        key = pseudonym_key(warehouse.home)
        figures = rows_by(
            warehouse, "restricted.agent_kpi", "month", "agent_key", "team", "channel"
        )
        by_agent = helpdesk.agent_kpi(min_cell=2, min_team=2)
        expected_cells = {
            (month, hmac.new(key, agent.encode(), sha256).hexdigest(), team, channel): cell
            for (month, agent, team, channel), cell in by_agent.items()
        }
        assert set(figures) == set(expected_cells)
        for cell, values in expected_cells.items():
            shown = figures[cell]
            assert not {n: (shown[n], v) for n, v in values.items() if not _agree(shown[n], v)}, (
                cell
            )


def _older_version(entity: str, row: dict[str, Any], random: Random) -> dict[str, Any]:
    """The row as an earlier delivery had it, before somebody corrected it."""
    earlier = timedelta(hours=random.choice([1, 30]))
    changes: dict[str, list[dict[str, Any]]] = {
        "tickets": [
            {"customer_id": "c7"},
            {"customer_id": None, "person_id": "p1"},
            {"topic": "fault"},
            {"status": "deleted"},
            {"merged_into_ticket_id": "t1"},
            {"merged_into_ticket_id": None},
            {"is_spam": True},
            {"team": "lab", "agent_id": "ann"},
            {"created_at": row.get("created_at", START) - earlier},
        ],
        "ticket_events": [{"occurred_at": row.get("occurred_at", START) - earlier}],
        "messages": [{"sent_at": row.get("sent_at", START) - earlier}, {"is_public": False}],
        "contacts": [
            {"ticket_id": "t1"},
            {"ticket_id": None},
            {"customer_id": "c7"},
            {"started_at": row.get("started_at", START) - earlier},
        ],
        "people": [{"customer_id": "c3"}],
        "customers": [{"is_internal": not row.get("is_internal")}],
    }
    return {**row, **random.choice(changes[entity])}


def _split(
    world: dict[str, list[dict[str, Any]]], random: Random
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """Two deliveries: the second brings some rows and corrects some others."""
    new, corrected = random.choice([0, 0.01, 0.1]), random.choice([0, 0.01, 0.1])
    first: dict[str, list[dict[str, Any]]] = {entity: [] for entity in world}
    second: dict[str, list[dict[str, Any]]] = {entity: [] for entity in KEYS}
    for entity, rows in world.items():
        for row in rows:
            luck = random.random()
            if entity not in KEYS or luck > new + corrected:
                first[entity].append(row)
                continue
            second[entity].append(row)
            if luck > new or entity in ("people", "customers"):
                first[entity].append(_older_version(entity, row, random))
    return first, second


def _results(warehouse: WarehouseUnderTest) -> dict[str, list[str]]:
    return {
        table: sorted(map(repr, warehouse.query(f"select * from {table}"))) for table in RESULTS
    }


def _land(warehouse: WarehouseUnderTest, load_id: int, is_built: bool) -> None:
    warehouse.insert(
        "meta.load",
        [
            {
                "load_id": load_id,
                "run_id": f"run-{load_id}",
                "source": "files",
                "stream": "tickets",
                "file": "tickets.csv",
                "content_hash": str(load_id),
                "rows_n": 1,
                "unparsed_n": 0,
                "loaded_at": START,
                "built_run_id": f"run-{load_id}" if is_built else None,
            }
        ],
    )


@settings(max_examples=2, deadline=None, phases=PHASES, derandomize=True)
@given(seed=st.integers(min_value=0))
def test_an_increment_ends_where_a_full_build_does(warehouse_template: Home, seed: int) -> None:
    check_increment(warehouse_template, seed)


@pytest.mark.soak
@settings(max_examples=40, deadline=None, phases=PHASES)
@given(seed=st.integers(min_value=0))
def test_many_increments_end_where_full_builds_do(warehouse_template: Home, seed: int) -> None:
    check_increment(warehouse_template, seed)


def check_increment(warehouse_template: Home, seed: int) -> None:
    random = Random(seed)
    first, second = _split(random_helpdesk(random, tickets_n=80, customers_n=60), random)
    before: datetime = START + timedelta(days=random.choice([15, 30, 44]))
    after = before + timedelta(days=random.choice([0, 1, 8, 40]))
    with (
        TemporaryDirectory() as folder,
        open_copy(warehouse_template, Home(Path(folder) / "home")) as warehouse,
    ):
        _land(warehouse, 1, is_built=True)
        deliver(warehouse, first, load_id=1)
        warehouse.set_context(as_of=before)
        build_service(warehouse, **SMALL_CELLS)

        _land(warehouse, 2, is_built=False)
        for entity, rows in second.items():
            for row in rows:
                warehouse.query(
                    f"delete from canonical.{entity} where {KEYS[entity]} = ?", [row[KEYS[entity]]]
                )
        deliver(warehouse, second, load_id=2)
        warehouse.set_context(as_of=after, previous_as_of=before, is_full_build=False)
        build_service(warehouse, full_refresh=False, **SMALL_CELLS)
        incremental = _results(warehouse)

        # Month by month, as quantiles are taken of very many tickets.
        build_service(warehouse, durations_at_once=1, **SMALL_CELLS)
        full = _results(warehouse)
        assert all(full.values())
        assert incremental == full


def test_a_reply_that_moves_to_another_ticket_leaves_the_one_it_was_on(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    tickets = "ticket_id,channel,created_at,status\n"
    tickets += "".join(f"{name},email,2026-03-02T08:00:00Z,open\n" for name in ("a", "b"))
    messages = (
        "message_id,ticket_id,author_type,is_public,sent_at\nm,{},agent,1,2026-03-02T09:00Z\n"
    )
    for number, ticket_id in enumerate(("a", "b")):
        files = {"messages.csv": messages.format(ticket_id)}
        load_files(warehouse, tmp_path, {**files, "tickets.csv": tickets})
        pending = warehouse.query("select load_id from meta.pending_load")
        build_canonical(warehouse, full_refresh=number == 0)
        warehouse.connection.executemany(
            "update meta.load set built_run_id = null where load_id = ?", pending
        )
        build_service(warehouse, full_refresh=number == 0)
        warehouse.query("update meta.load set built_run_id = 'built'")
    replies = rows_by(warehouse, "core.fct_ticket", "ticket_id")
    assert {name: row["replies_n"] for (name,), row in replies.items()} == {"a": 0, "b": 1}
