"""What Zendesk really answered goes through the connector: nothing lost, nothing twice.

The recordings lie beside the checkout, where they are; none is kept here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from assets.helpdesk.zendesk.streams import STREAMS, Stream, Way
from pipelines.contract import PROJECT_DIR
from pipelines.settings import Home
from simulator.loopback import Answer, Query, serving
from tests.support.dbt import open_copy
from tests.support.zendesk_account import Reads

RECORDINGS = PROJECT_DIR.parent / "shared" / "data" / "zendesk_recordings"
BY_NAME = {stream.name: stream for stream in STREAMS}

# Kinds of answers beyond the streams that are read: what pages like them is read like them.
OTHERS = (
    Stream(
        "users_by_time", "", changes=Way("/api/v2/incremental/users.json", "time"), key="users",
        gone=("active", False),
    ),
    Stream(
        "all_organizations", "", changes=Way("/api/v2/organizations.json", "pages"),
        key="organizations",
    ),
    Stream("views", "", changes=Way("/api/v2/views.json", "pages")),
    Stream("searched", "", changes=Way("/api/v2/search/export.json", "pages"), key="results"),
)  # fmt: skip


@dataclass
class Replay:
    """Gives the recorded answers to an address, page after page in the order of their links.

    A recording stops where its author stopped: its last page is then shown as the end.
    """

    pages: list[dict[str, Any]]
    unasked: list[str] = field(default_factory=list)
    _given: int = 0

    def __call__(self, query: Query) -> Answer:
        if self._given >= len(self.pages):
            return Answer({"error": "RecordNotFound", "description": "Not found"}, 404)
        body = self.pages[self._given]
        self._given += 1
        if self._given == len(self.pages):
            body = _ended(body)
        return Answer(body)

    def failed(self, status: int) -> Any:
        return {"error": f"fault {status}"}

    def emptied(self, body: Any) -> Any:
        return body


def _ended(body: dict[str, Any]) -> dict[str, Any]:
    ended = dict(body)
    if "end_of_stream" in ended:
        ended["end_of_stream"] = True
    if "meta" in ended:
        ended["meta"] = {**ended["meta"], "has_more": False}
    if "has_more" in ended:
        ended |= {"has_more": False, "next_page_url": None}
    if "next_page" in ended and "end_time" not in ended:
        ended["next_page"] = None
    return ended


@cache
def exchanges(name: str) -> list[dict[str, Any]]:
    if not RECORDINGS.exists():
        pytest.skip("the recordings of Zendesk are not beside this checkout")
    lines = (RECORDINGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _sizes(url: str) -> tuple[str, ...]:
    """What distinguishes the walks of one test: page sizes and filters, not positions."""
    placed = ("page[after]", "page", "cursor", "start_time", "start_time_cursor",
              "engagement_id_cursor")  # fmt: skip
    return tuple(sorted(f"{k}={v}" for k, v in parse_qsl(urlsplit(url).query) if k not in placed))


def walks(name: str, path: str, key: str) -> Iterator[list[dict[str, Any]]]:
    """The recorded pages of an address, each walk from its first page on."""
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    begun: dict[tuple[str, ...], str] = {}
    for exchange in exchanges(name):
        address = urlsplit(exchange["url"])
        body = exchange["body"]
        if exchange["method"] != "GET" or exchange["status"] != 200:
            continue
        if address.path.removesuffix(".json") != path.removesuffix(".json") or key not in body:
            continue
        walk = (exchange["cassette"], *_sizes(exchange["url"]))
        # The client asks for a first page more than once.
        if begun.setdefault(walk, exchange["url"]) == exchange["url"]:
            found[walk] = [body]
        elif body not in found[walk]:
            found[walk].append(body)
    yield from found.values()


CASES = [
    ("users_incremental", BY_NAME["users"]),
    ("users_incremental", OTHERS[0]),
    ("ticket_audits", BY_NAME["ticket_audits"]),
    ("engagements", BY_NAME["engagements"]),
    ("groups", BY_NAME["groups"]),
    ("group_memberships", BY_NAME["group_memberships"]),
    ("organizations", OTHERS[1]),
    ("views", OTHERS[2]),
    ("user_search_export", OTHERS[3]),
]


@pytest.mark.parametrize(("name", "stream"), CASES, ids=[stream.name for _, stream in CASES])
def test_every_recorded_record_lands_once_in_its_latest_version(
    tmp_path: Path, name: str, stream: Stream
) -> None:
    way = stream.changes or stream.whole
    assert way
    key = stream.key or stream.name
    walked = 0
    for number, pages in enumerate(walks(name, way.path, key)):
        reads = Reads(tmp_path / f"{number}.duckdb", streams=(stream,))
        recorded: dict[str, Any] = {}
        for page in pages:
            recorded |= {str(record[stream.id]): record for record in page[key]}
        with serving(Replay(pages)) as served:
            [reading] = reads.run(served.address)
            # Everything came in as many requests as pages were recorded.
            assert len(served.requests) == len(pages)
        assert reading.records_n == sum(len(page[key]) for page in pages)
        latest = reads.latest(stream.name)
        assert {
            id_: orjson.loads(payload or "") for id_, (payload, _) in latest.items()
        } == recorded
        [(rows, ids)] = reads.query(
            f"select count(*), count(distinct id) from raw_zendesk.{stream.name}"
        )
        assert ids == len(recorded)
        assert rows - ids == reading.landed_n - len(recorded)
        walked += len(recorded)
    assert walked


def test_a_page_that_was_read_before_changes_nothing(tmp_path: Path) -> None:
    stream = BY_NAME["users"]
    way = stream.changes
    assert way
    pages = next(iter(walks("users_incremental", way.path, "users")))
    reads = Reads(tmp_path / "warehouse.duckdb", streams=(stream,))
    for _ in range(2):
        with serving(Replay(pages)) as served:
            reads.run(served.address)
    assert reads.query("select count(*) = count(distinct id) from raw_zendesk.users") == [(True,)]


def test_a_deleted_ticket_that_was_recorded_is_kept_as_deleted(tmp_path: Path) -> None:
    """A recorded ticket, in the export as the recorded audit says that it then was."""
    created = [e["body"]["ticket"] for e in exchanges("deleted_tickets") if e["status"] == 201]
    assert created
    tickets = [ticket | {"generated_timestamp": 1_700_000_000} for ticket in created]
    gone = [
        ticket | {"status": "deleted", "generated_timestamp": 1_700_000_060} for ticket in tickets
    ]
    pages = [
        {"tickets": tickets, "after_cursor": "MQ==", "end_of_stream": False},
        {"tickets": gone, "after_cursor": "Mg==", "end_of_stream": True},
    ]
    reads = Reads(tmp_path / "warehouse.duckdb", streams=(BY_NAME["tickets"],))
    with serving(Replay(pages)) as served:
        reads.run(served.address, records_per_chunk=1)
    latest = reads.latest("tickets")
    assert set(latest) == {str(ticket["id"]) for ticket in created}
    for payload, is_deleted in latest.values():
        assert is_deleted
        assert payload is not None


# What was recorded of one account: its streams, and which entity staging makes of each.
RECORDED = {
    "users": ("users_incremental", "people"),
    "ticket_audits": ("ticket_audits", "messages"),
    "engagements": ("engagements", "contacts"),
    "groups": ("groups", "teams"),
    "group_memberships": ("group_memberships", "agents"),
}


def test_what_was_recorded_becomes_rows_of_the_contract(
    tmp_path: Path, warehouse_template: Home
) -> None:
    """By the connector and by staging: nothing breaks a rule, and nothing is missing."""
    ids: dict[str, set[str]] = {}
    with open_copy(warehouse_template, Home(tmp_path / "home")) as warehouse:
        for name, (file, _) in RECORDED.items():
            stream = BY_NAME[name]
            way = stream.changes or stream.whole
            assert way
            reads = Reads(warehouse.home.warehouse, streams=(stream,))
            for pages in walks(file, way.path, stream.key or name):
                with serving(Replay(pages)) as served:
                    reads.run(served.address)
            ids[name] = set(reads.latest(name))
        warehouse.run_dbt(["path:models/staging/zendesk"])
        broken = {
            entity: warehouse.query(
                f"select reasons, count(*) from staging.stg_zendesk__{entity} "
                "where reasons is not null group by reasons"
            )
            for entity in ENTITIES
        }
        assert {entity: found for entity, found in broken.items() if found} == {}
        found = {
            entity: warehouse.query(
                f"select count(*), count(distinct {key}) from staging.stg_zendesk__{entity}"
            )[0]
            for entity, key in KEYS.items()
        }
        staff = warehouse.query(
            "select count(distinct id) filter (payload->>'role' <> 'end-user') "
            "from raw_zendesk.users"
        )
        comments = warehouse.query(
            "select count(*) from (select unnest(json_extract_string(payload, '$.events[*].type')) "
            "as kind from (select any_value(payload) as payload from raw_zendesk.ticket_audits "
            "group by id)) where kind = 'Comment'"
        )
        names = warehouse.query(
            "select count(distinct json_extract_string(payload, '$.name')) from raw_zendesk.groups"
        )
    assert found["people"] == (len(ids["users"]) - staff[0][0],) * 2
    assert found["agents"][1] == staff[0][0] > 0
    assert found["messages"] == (comments[0][0],) * 2
    assert found["contacts"] == (len(ids["engagements"]),) * 2
    assert found["teams"][1] == names[0][0] > 5
    assert min(found["messages"][0], found["contacts"][0]) > 100
    assert found["ticket_events"][0] > 0


KEYS = {"people": "person_id", "agents": "agent_id", "messages": "message_id",
        "contacts": "contact_id", "teams": "team", "ticket_events": "event_id"}  # fmt: skip
ENTITIES = (*KEYS, "customers", "tickets", "sla_policies", "survey_responses")
