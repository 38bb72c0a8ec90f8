"""Zendesk's bad days: raw ends as after a good one, or the run says what is wrong.

The run after it goes on where that one came to.

The whole matrix for one stream of each way of paging, the faults of pages for each other stream,
and kills at every boundary of the landing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from assets.api.source import SourceError
from assets.helpdesk.zendesk.streams import STREAMS
from simulator.loopback import Fault, Served, serving
from simulator.zendesk.account import Account, Object, iso
from tests.support.faults import LASTING_ANYWHERE, LASTING_IN_LISTS, at_page, passing
from tests.support.kills import BOUNDARIES, is_killed
from tests.support.zendesk_account import (
    DAY_S,
    HOUR_S,
    NOW,
    Reads,
    calls,
    groups,
    live,
    organizations,
    streams,
    ticket_events,
    tickets,
    unhurried,
)

ROWS_N = 250


@dataclass(frozen=True)
class Kind:
    """A way of paging, by the stream that stands for it; `page_n` rows are on a page."""

    stream: str
    path: str
    rows: Callable[[int], list[Object]]
    page_n: int = 100

    @property
    def pages_n(self) -> int:
        return -(-ROWS_N // self.page_n)

    def account(self) -> Account:
        account = Account(now=NOW)
        account.load(self.stream, self.rows(ROWS_N))
        return account


def _policies(count: int) -> list[Object]:
    return [{"id": n, "updated_at": iso(NOW - DAY_S)} for n in range(1, count + 1)]


def _audits(count: int) -> list[Object]:
    return [{"id": n, "created_at": iso(NOW - DAY_S + n)} for n in range(1, count + 1)]


def _engagements(count: int) -> list[Object]:
    return [
        {"engagement_id": f"{n:08X}", "engagement_start_time": iso(NOW - DAY_S + n)[:-1]}
        for n in range(1, count + 1)
    ]


KINDS = {
    "cursor": Kind("tickets", "/api/v2/incremental/tickets/cursor", tickets),
    "time": Kind("ticket_events", "/api/v2/incremental/ticket_events", ticket_events),
    "time without an end": Kind("calls", "/api/v2/channels/voice/stats/incremental/calls", calls),
    "pages": Kind("groups", "/api/v2/groups", groups),
    "numbers": Kind("sla_policies", "/api/v2/slas/policies", _policies),
    "feed": Kind("ticket_audits", "/api/v2/ticket_audits", _audits),
    "engagements": Kind("engagements", "/api/v2/engagements", _engagements, page_n=10),
}
CURSOR = KINDS["cursor"]

PASSING = passing(NOW) | {
    "409 conflict": Fault("status", status=409, headers={"Retry-After": "1"}),
}
LASTING = (
    LASTING_ANYWHERE
    | LASTING_IN_LISTS
    | {
        "token expired": (Fault("status", status=401), "Zendesk does not know these credentials"),
        "scope revoked": (Fault("status", status=403), "the credentials lack"),
    }
)
# Calls have ended where a page is empty: what that hides comes with the next run.
SILENT = {("time without an end", "empty page with more to come")}
SILENT |= {("time without an end", "empty page for ever")}


def reads_of(tmp_path: Path, kind: Kind) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb", streams=streams(kind.stream))


def assert_whole(account: Account, reads: Reads, kind: Kind) -> None:
    """Exactly the account's records, each once."""
    there = {str(id_): item for id_, item in account.objects[kind.stream].items()}
    assert live(reads, kind.stream) == there
    assert len(there) == ROWS_N
    assert reads.query(f"select count(*) from raw_zendesk.{kind.stream}") == [(ROWS_N,)]


def _passing() -> Iterator[object]:
    """All of it; what only the client sees, once in CI and for each way of paging in the soak."""
    for name, fault in PASSING.items():
        first = 2 if fault.kind == "previous" else 1
        for page in range(first, 4):
            yield pytest.param(name, "cursor", page)
        is_of_pages = fault.kind in ("cut_json", "html", "reset", "empty_page", "previous")
        marks = () if is_of_pages else pytest.mark.soak
        for kind in KINDS:
            if kind != "cursor":
                yield pytest.param(name, kind, 2, marks=marks)


@pytest.mark.parametrize(("name", "kind_name", "page"), list(_passing()))
def test_a_fault_that_passes_leaves_no_trace(
    tmp_path: Path, name: str, kind_name: str, page: int
) -> None:
    kind = KINDS[kind_name]
    account, reads = kind.account(), reads_of(tmp_path, kind)
    fault = at_page(PASSING[name], kind.path, page)
    with serving(unhurried(account, export_n=100), [fault]) as served:
        reads.run(served.address, records_per_chunk=100)
        if (kind_name, name) in SILENT:
            assert len(live(reads, kind.stream)) == kind.page_n
            reads.run(served.address, records_per_chunk=100)
    assert_whole(account, reads, kind)
    # Each page landed once: what was read again was not a page.
    if (kind_name, name) not in SILENT:
        [(pages_n, landed_n)] = reads.query("select pages_n, landed_n from meta.stream_read")
        # Without an end, the last page is read once more.
        assert pages_n == kind.pages_n + (kind_name == "time without an end")
        assert landed_n == ROWS_N


@pytest.mark.parametrize("kind_name", KINDS)
@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts_fails_clearly_and_the_next_run_goes_on(
    tmp_path: Path, name: str, kind_name: str
) -> None:
    if (kind_name, name) in SILENT:
        pytest.skip("an empty page of calls is their end")
    kind = KINDS[kind_name]
    account, reads = kind.account(), reads_of(tmp_path, kind)
    fault, message = LASTING[name]
    if (kind_name, fault.kind) == ("time without an end", "previous"):
        message = "older than what was asked for"
    faults = [at_page(fault, kind.path, 2, times=1_000)]
    with serving(unhurried(account, export_n=100), faults) as served:
        with pytest.raises(SourceError, match=f"zendesk {kind.stream}: .*{message}"):
            reads.run(served.address)
        assert len(served.requests) < 30
        stuck_at = served.requests[1].params
    # The page before is here with its cursor, nothing of the one that failed.
    assert reads.query(f"select count(*) from raw_zendesk.{kind.stream}") == [(kind.page_n,)]
    assert message in str(reads.query("select outcome from meta.stream_read"))
    with serving(unhurried(account, export_n=100)) as served:
        reads.run(served.address)
        assert served.requests[0].params == stuck_at
    assert_whole(account, reads, kind)


@pytest.mark.parametrize("stream", [s.name for s in STREAMS])
def test_every_stream_survives_the_faults_of_pages(tmp_path: Path, stream: str) -> None:
    account = Account(now=NOW)
    rows = [
        {"id": n, "updated_at": iso(NOW - DAY_S + n), "created_at": iso(NOW - DAY_S + n)}
        for n in range(1, 151)
    ]
    special = {"name": "n", "deleted": False, "deleted_at": None, "active": True}
    by_stream: dict[str, list[Object]] = {
        "tickets": tickets(150),
        "ticket_events": ticket_events(150),
        "organizations": organizations(150),
        "engagements": _engagements(150),
        "deleted_tickets": [row | {"deleted_at": row["updated_at"]} for row in rows],
    }
    account.load(stream, by_stream.get(stream, [row | special for row in rows]))
    reads = Reads(tmp_path / "warehouse.duckdb", streams=streams(stream))
    kinds = ("cut_json", "html", "reset", "truncated")
    faults = [Fault(kind, "/api/v2/", at) for at, kind in enumerate(kinds, 1)]
    faults.append(Fault("previous", "/api/v2/", 6))
    # An address that leads nowhere: links are never followed.
    server = unhurried(account, export_n=100, links="http://127.0.0.1:9")
    with serving(server, faults) as served:
        reads.run(served.address, records_per_chunk=100)
    assert len(live(reads, stream)) == 150


def test_one_stream_that_fails_keeps_no_other_from_landing(tmp_path: Path) -> None:
    account = Account(now=NOW, scopes_missing={"groups"}, plans_missing={"calls", "legs"})
    account.load("tickets", tickets(5))
    account.load("sla_policies", _policies(3))
    reads = Reads(tmp_path / "warehouse.duckdb")
    with serving(unhurried(account)) as served, pytest.raises(SourceError) as error:
        reads.run(served.address)
    said = [problem.split(":")[0] for problem in error.value.problems]
    assert said == ["zendesk groups", "zendesk calls", "zendesk legs"]
    assert len(live(reads, "tickets")) == 5
    assert len(live(reads, "sla_policies")) == 3


def test_a_fault_among_changes_loses_none(tmp_path: Path) -> None:
    account, reads = CURSOR.account(), reads_of(tmp_path, CURSOR)
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        reads.wait(account, HOUR_S)
        for ticket in list(account.objects["tickets"].values())[:150]:
            account.put("tickets", ticket | {"status": "solved"})
        reads.wait(account, HOUR_S)
    fault = at_page(Fault("status", status=503), CURSOR.path, 2, 1_000)
    with (
        serving(unhurried(account, export_n=100), [fault]) as served,
        pytest.raises(SourceError, match="zendesk tickets: "),
    ):
        reads.run(served.address)
    assert reads.query("select count(*) from raw_zendesk.tickets") == [(ROWS_N + 100,)]
    with serving(unhurried(account, export_n=100)) as served:
        reads.run(served.address)
        assert len(served.requests) == 1
    there = {str(id_): item for id_, item in account.objects["tickets"].items()}
    assert live(reads, "tickets") == there


def test_fields_that_come_go_and_change_their_type_stay_as_they_were_sent(tmp_path: Path) -> None:
    account, reads = CURSOR.account(), reads_of(tmp_path, CURSOR)
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        reads.wait(account, HOUR_S)
        odd = {"status": "waiting-for-the-moon", "submitter_id": "one", "mood": {"is": "good"}}
        ticket = {k: v for k, v in account.objects["tickets"][1].items() if k != "description"}
        account.put("tickets", ticket | odd)
        reads.wait(account, HOUR_S)
        reads.run(served.address)
    payload = orjson.loads(reads.latest("tickets")["1"][0] or "")
    assert payload == account.objects["tickets"][1]
    drift = reads.query("select column_name, change from meta.drift order by column_name")
    assert drift == [("mood", "new"), ("submitter_id", "retyped")]


@pytest.fixture
def served_kind(request: pytest.FixtureRequest) -> Iterator[tuple[Kind, Account, Served]]:
    kind = KINDS[request.param]
    account = kind.account()
    with serving(unhurried(account, export_n=100)) as served:
        yield kind, account, served


@pytest.mark.parametrize("served_kind", ["cursor", "time", "pages"], indirect=True)
@pytest.mark.parametrize("at", [1, 2, pytest.param(3, marks=pytest.mark.soak)])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_kill_loses_nothing_and_doubles_nothing(
    tmp_path: Path, served_kind: tuple[Kind, Account, Served], boundary: str, at: int
) -> None:
    kind, account, served = served_kind
    file = tmp_path / "warehouse.duckdb"
    dying = Reads(file, streams=streams(kind.stream))
    died = is_killed(lambda: dying.run(served.address, records_per_chunk=100), boundary, at)
    assert died or at > 1 or "listing" in boundary
    reads = reads_of(tmp_path, kind)
    reads.run(served.address, records_per_chunk=100)
    assert_whole(account, reads, kind)
    assert reads.query("select count(*) from meta.listed_id") == [(0,)]
