"""HubSpot's bad days: raw ends as after a good one, or the run says what is wrong and goes on.

The whole matrix for one stream of each paging kind (lists, searches, batches, links, short lists),
the faults of its kinds for each other stream, and kills at every boundary of the landing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from assets.api.source import SourceError
from assets.crm.hubspot.streams import STREAMS, Links, Objects, Whole
from simulator.company import AS_OF
from simulator.hubspot.portal import Portal, made
from simulator.loopback import Fault, Query, Served, serving
from tests.support.clock import FakeClock
from tests.support.faults import LASTING_ANYWHERE, at_page, passing
from tests.support.hubspot_portal import (
    Reads,
    chosen,
    companies,
    properties,
    small_portal,
    unhurried,
)
from tests.support.kills import BOUNDARIES, is_killed

QUOTA = {"status": "error", "message": "You have reached your daily limit.", "policyName": "DAILY"}
BURST = {"status": "error", "message": "ten_secondly_rolling", "policyName": "TEN_SECONDLY_ROLLING"}

PASSING = passing(AS_OF) | {
    "429 with the limit's name": Fault("status", status=429, body=BURST),
    "423 locked": Fault("status", status=423),
    "477 while HubSpot moves": Fault("status", status=477, headers={"Retry-After": "20"}),
    "504": Fault("status", status=504),
}
LASTING = LASTING_ANYWHERE | {
    "the quota of the day": (Fault("status", status=429, body=QUOTA), "quota of the day"),
    "token expired": (Fault("status", status=401), "HubSpot does not know the token"),
    "token that is none": (Fault("status", status=530), "HubSpot does not know the token"),
    "scope revoked": (Fault("status", status=403), "the app lacks crm.objects"),
}


IMPLAUSIBLE = ("empty page for ever", "page served for ever")


@dataclass(frozen=True)
class Kind:
    """A paging kind at work: requests of `method` to `path`, in the first run or after a change.

    The second and third of them are pages that follow another one.
    """

    streams: tuple[str, ...]
    method: str
    path: str
    portal: Callable[[], Portal]
    emptied: str
    repeated: str
    change: Callable[[Portal], None] | None = None
    # How many other questions have the same address, and come before.
    before: int = 0
    # Faults of which every single one is met in each test run, not only in the soak.
    is_thorough: bool = False


def deals(count: int) -> Portal:
    """Companies, and so many deals of three of them each."""
    portal = companies(120)
    for n in range(count):
        portal.load("deals", made("deals", str(50_000 + n), 0, AS_OF - 86_400))
        for company in ("1000", "1001", "1002"):
            portal.link("deals", str(50_000 + n), "companies", company)
    return portal


def owners(count: int) -> Portal:
    portal = Portal(now=AS_OF)
    for n in range(count):
        portal.owners[str(100 + n)] = {"id": str(100 + n), "archived": False, "updatedAt": "2026"}
    return portal


def change_all(portal: Portal) -> None:
    portal.now += 3_600
    for id_ in list(portal.live["companies"]):
        portal.put("companies", id_, name="changed")


COMPANIES_PATH = "/crm/v3/objects/companies"
LISTED = "an empty page that claims there are more", "leads back to one that was read already"
KINDS = {
    "list": Kind(
        ("companies",), "GET", COMPANIES_PATH, lambda: companies(250), *LISTED, is_thorough=True
    ),
    "search": Kind(
        ("companies",), "POST", f"{COMPANIES_PATH}/search", lambda: companies(450),
        LISTED[0], "do not come after the last one", change_all, before=1,
    ),
    "batch": Kind(
        ("companies",), "POST", f"{COMPANIES_PATH}/batch/read", lambda: companies(250),
        "leaves out objects", "leaves out objects",
    ),
    "links": Kind(
        ("deals", "associations_deals_companies"),
        "POST", "/crm/v4/associations/deals/companies/batch/read", lambda: deals(30),
        "about other objects", LISTED[1],
    ),
    "short list": Kind(("owners",), "GET", "/crm/v3/owners", lambda: owners(250), *LISTED),
}  # fmt: skip


def met_by(kind: Kind, fault: Fault, page: int, times: int = 1) -> Fault:
    return replace(at_page(fault, kind.path, page + kind.before, times), method=kind.method)


def run(reads: Reads, portal: Portal, *faults: Fault) -> Served:
    with serving(unhurried(portal, links_per_page=1), list(faults)) as served:
        reads.run(served.address, records_per_chunk=100)
    return served


def begin(kind: Kind, reads: Reads) -> Portal:
    """The portal at the moment at which the kind of paging is at work."""
    portal = kind.portal()
    if kind.change:
        run(reads, portal)
        kind.change(portal)
    return portal


def assert_whole(portal: Portal, reads: Reads, kind: Kind) -> None:
    """Exactly what the portal holds, each once or, where it was changed, twice."""
    for name in kind.streams:
        stream = {stream.name: stream for stream in STREAMS}[name]
        here = reads.live(name)
        if isinstance(stream, Objects):
            assert properties(here) == properties(portal.live[name])
        elif isinstance(stream, Links):
            there = {id_: set(portal.links[stream.of, stream.to][id_]) for id_ in here}
            assert here.keys() == portal.live[stream.of].keys()
            assert {
                id_: {str(link["toObjectId"]) for link in said["to"]} for id_, said in here.items()
            } == there
        else:
            assert here == portal.owners
        versions = len(here) * (2 if kind.change else 1)
        assert reads.query(f"select count(*) from raw_hubspot.{name}") == [(versions,)]
    assert reads.query("select count(*) from meta.listed_id") == [(0,)]


def asked_again(served: Served, kind: Kind) -> list[Query]:
    met = [q for q in served.requests if (q.method, q.path) == (kind.method, kind.path)]
    return [
        query
        for query, after in pairwise(met)
        if (query.params, query.body) == (after.params, after.body)
    ]


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb")


def matrix(names: Iterable[str], usual: Collection[str]) -> list[Any]:
    """Kinds by faults; all of them for a thorough kind, else the usual ones and in the soak all."""
    return [
        pytest.param(
            kind,
            name,
            id=f"{title}-{name}",
            marks=[] if kind.is_thorough or name in usual else [pytest.mark.soak],
        )
        for title, kind in KINDS.items()
        for name in names
    ]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_all_faults_that_pass_in_a_row_leave_no_trace(reads: Reads, kind: Kind) -> None:
    reads.options["streams"] = chosen(*kind.streams)
    portal = begin(kind, reads)
    # An answer that decodes begins the patience of the client anew.
    decoded = "page served twice"
    others = [name for name in PASSING if name != decoded]
    half = len(others) // 2
    in_row = [*others[:half], decoded, *others[half:]]
    faults = [met_by(kind, PASSING[name], at) for at, name in enumerate(in_row, 2)]
    served = run(reads, portal, *faults)
    assert_whole(portal, reads, kind)
    assert len(asked_again(served, kind)) == len(PASSING)


@pytest.mark.parametrize(("kind", "name"), matrix(PASSING, usual=()))
def test_a_fault_that_passes_leaves_no_trace(reads: Reads, kind: Kind, name: str) -> None:
    reads.options["streams"] = chosen(*kind.streams)
    portal = begin(kind, reads)
    served = run(reads, portal, met_by(kind, PASSING[name], 2))
    assert_whole(portal, reads, kind)
    assert len(asked_again(served, kind)) == 1


@pytest.mark.parametrize(
    ("kind", "name"),
    matrix([*LASTING, *IMPLAUSIBLE], usual=("503 for ever", "scope revoked", *IMPLAUSIBLE)),
)
def test_a_fault_that_lasts_fails_clearly_and_the_next_run_goes_on(
    reads: Reads, kind: Kind, name: str
) -> None:
    fault, message = {
        "empty page for ever": (Fault("empty_page"), kind.emptied),
        "page served for ever": (Fault("previous"), kind.repeated),
        **LASTING,
    }[name]
    reads.options["streams"] = chosen(*kind.streams)
    portal = begin(kind, reads)
    with pytest.raises(SourceError, match=f"hubspot {kind.streams[-1]}: .*{message}"):
        run(reads, portal, met_by(kind, fault, 2, times=1_000))
    assert message in str(reads.query("select outcome from meta.stream_read"))
    served = run(reads, portal)
    assert_whole(portal, reads, kind)
    if kind is KINDS["list"]:
        # The page before was here with its cursor, nothing of the one that failed.
        listed = [q for q in served.requests if (q.method, q.path) == ("GET", COMPANIES_PATH)]
        assert listed[0].one("after") is not None


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_other_stream_survives_the_faults_of_its_kinds(
    reads: Reads, stream: Objects | Links | Whole
) -> None:
    of = stream.of if isinstance(stream, Links) else stream.name
    reads.options["streams"] = chosen(of, stream.name)
    paths = [stream.path]
    if isinstance(stream, Objects):
        paths += [f"{stream.path}/search", f"{stream.path}/batch/read", stream.properties_path]
    faults = [
        Fault(kind, path, at)
        for path in paths
        for at, kind in enumerate(("cut_json", "html", "reset", "truncated"), 1)
    ]
    portal = small_portal()
    run(reads, portal, *faults)
    there = {
        "owners": portal.owners,
        "deal_pipelines": portal.pipelines,
    }.get(stream.name) or portal.live[of]
    assert reads.live(stream.name).keys() == there.keys()
    assert there


def test_one_stream_that_fails_keeps_no_other_from_landing(reads: Reads) -> None:
    portal = small_portal()
    portal.scopes_missing.add("crm.objects.line_items.read")
    with pytest.raises(
        SourceError, match="hubspot line_items: the app lacks crm.objects.line_items.read"
    ) as error:
        run(reads, portal)
    assert len(error.value.problems) == 2
    assert "hubspot associations_deals_line_items: " in error.value.problems[1]
    assert len(reads.live("deals")) == len(portal.live["deals"])
    assert reads.live("line_items") == {}
    portal.scopes_missing.clear()
    run(reads, portal)
    assert len(reads.live("line_items")) == len(portal.live["line_items"])
    assert reads.live("associations_deals_line_items")


KILLED = ("companies", "deals", "associations_deals_companies", "owners")


@pytest.fixture
def portal() -> Portal:
    portal = deals(150)
    portal.owners = owners(3).owners
    return portal


@pytest.fixture
def served(portal: Portal) -> Iterator[Served]:
    with serving(unhurried(portal)) as served:
        yield served


@pytest.mark.parametrize("at", [2, *(pytest.param(n, marks=pytest.mark.soak) for n in (1, 4, 9))])
@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("is_first", [True, False], ids=["first run", "changes"])
def test_a_kill_loses_nothing_and_doubles_nothing(
    portal: Portal, tmp_path: Path, served: Served, is_first: bool, boundary: str, at: int
) -> None:
    file = tmp_path / "warehouse.duckdb"
    reads, dying = (Reads(file, FakeClock(), streams=chosen(*KILLED)) for _ in range(2))
    if not is_first:
        reads.run(served.address)
        change_all(portal)
    is_killed(lambda: dying.run(served.address, records_per_chunk=100), boundary, at)
    reads.run(served.address, records_per_chunk=100)
    versions = {"companies": 120 if is_first else 240, "deals": 150, "owners": 3}
    for name in ("companies", "deals"):
        assert properties(reads.live(name)) == properties(portal.live[name])
    assert reads.live("owners") == portal.owners
    assert reads.live("associations_deals_companies").keys() == portal.live["deals"].keys()
    for name, expected in (versions | {"associations_deals_companies": 150}).items():
        assert reads.query(f"select count(*) from raw_hubspot.{name}") == [(expected,)]
    assert reads.query("select count(*) from meta.listed_id") == [(0,)]
