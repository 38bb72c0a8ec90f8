"""What an answer of Zendesk's says, and which answers say nothing that can be believed.

The excerpts have the shape of real answers; their content is made up here.
"""

from __future__ import annotations

from typing import Any

import pytest

from assets.api.paging import ImplausibleError
from assets.helpdesk.zendesk.paging import Position, Turn, first_position, params_of, read_turn
from assets.helpdesk.zendesk.streams import STREAMS, Stream, Way

BY_NAME = {stream.name: stream for stream in STREAMS}
ELSEWHERE = "https://another-host.example/api/v2"


def way_of(name: str) -> Way:
    stream = BY_NAME[name]
    way = stream.changes or stream.whole
    assert way
    return way


def turn(name: str, body: Any, position: Position | None = None) -> Turn:
    return read_turn(
        BY_NAME[name], way_of(name), {"start_time": 0} if position is None else position, body
    )


def ids(found: Turn) -> list[str]:
    return [record.id for record in found.records]


TICKETS = {
    "tickets": [
        {
            "url": f"{ELSEWHERE}/tickets/35.json",
            "id": 35,
            "status": "open",
            "updated_at": "2026-03-01T08:00:00Z",
            "generated_timestamp": 1772353999,
            "metric_set": {"ticket_id": 35, "reopens": 1},
        },
        {"id": 36, "status": "deleted", "generated_timestamp": 1772354000},
    ],
    "after_url": f"{ELSEWHERE}/incremental/tickets/cursor.json?cursor=MTc3MjM1NDAwMC4wfHwzNnw%3D",
    "before_url": None,
    "after_cursor": "MTc3MjM1NDAwMC4wfHwzNnw=",
    "before_cursor": None,
    "end_of_stream": False,
}


def test_an_export_by_cursor() -> None:
    found = turn("tickets", TICKETS)
    assert ids(found) == ["35", "36"]
    assert [record.is_deleted for record in found.records] == [False, True]
    assert [record.cursor for record in found.records] == ["1772353999", "1772354000"]
    assert (found.more, found.position) == (True, {"cursor": "MTc3MjM1NDAwMC4wfHwzNnw="})
    ended = turn("tickets", TICKETS | {"end_of_stream": True})
    # The end still says where the next run goes on.
    assert (ended.more, ended.position) == (False, found.position)
    empty = turn("tickets", TICKETS | {"tickets": [], "after_cursor": None, "end_of_stream": True})
    assert (empty.more, empty.position) == (False, None)


def test_an_export_by_time() -> None:
    body = {
        "ticket_events": [{"id": 7, "ticket_id": 35, "timestamp": 1772353999, "child_events": []}],
        "next_page": f"{ELSEWHERE}/incremental/ticket_events.json?start_time=1772353999",
        "count": 1,
        "end_of_stream": False,
        "end_time": 1772353999,
    }
    found = turn("ticket_events", body)
    assert (found.more, found.position) == (True, {"start_time": 1772353999})
    assert not turn("ticket_events", body | {"end_of_stream": True}).more
    # The link alone says it too; its host is nobody's concern.
    assert turn("ticket_events", {**body, "end_time": None}).position == found.position


def test_calls_end_where_a_page_leads_back_to_itself() -> None:
    last = {"id": 9, "updated_at": "2026-03-01T08:33:20Z"}
    body = {
        "calls": [last],
        "count": 1,
        "next_page": f"{ELSEWHERE}/calls.json?start_time=1772354000",
    }
    assert turn("calls", body, {"start_time": 1772350000}).more
    assert not turn("calls", body, {"start_time": 1772354000}).more
    assert not turn("calls", body | {"calls": [], "count": 0}).more
    older = body | {"calls": [{"id": 8, "updated_at": "2026-03-01T08:00:00Z"}]}
    with pytest.raises(ImplausibleError, match="older than what was asked for"):
        turn("calls", older, {"start_time": 1772354000})


def test_a_list_by_cursor_names_the_next_page_even_at_its_end() -> None:
    body = {
        "groups": [{"id": 1, "name": "g", "deleted": False}, {"id": 2, "deleted": True}],
        "meta": {"has_more": True, "after_cursor": "eyJv", "before_cursor": "eyJ2"},
        "links": {"prev": None, "next": f"{ELSEWHERE}/groups.json?page%5Bafter%5D=eyJv"},
    }
    found = turn("groups", body, {})
    assert (ids(found), found.more, found.position) == (["1", "2"], True, {"after": "eyJv"})
    assert [record.is_deleted for record in found.records] == [False, True]
    ended = body | {"meta": {"has_more": False, "after_cursor": "eyJv"}}
    assert not turn("groups", ended, {}).more
    since = turn("satisfaction_ratings", {"satisfaction_ratings": [], "meta": body["meta"]},
                 {"start_time": 5})  # fmt: skip
    assert since.position == {"start_time": 5, "after": "eyJv"}


def test_a_list_by_number_ends_without_a_next_page() -> None:
    link = f"{ELSEWHERE}/slas/policies.json?page=2&per_page=100"
    body = {"sla_policies": [{"id": 1}], "next_page": link, "previous_page": None, "count": 101}
    found = turn("sla_policies", body, {})
    assert (found.more, found.position) == (True, {"page": 2})
    assert not turn("sla_policies", body | {"next_page": None}, {"page": 2}).more
    assert not turn("schedules", {"schedules": [{"id": 1}]}, {}).more


def test_engagements_are_asked_for_by_two_values_of_their_link() -> None:
    query = "start_time_cursor=1743422575&engagement_id_cursor=48AB&page_size=10&channel=MESSAGING"
    body = {
        "agent_engagement_data": [
            {"engagement_id": "48AB", "engagement_start_time": "2026-03-01T08:00:00"}
        ],
        "next_page_url": f"{ELSEWHERE}/engagements?{query}",
        "has_more": True,
        "page_size": 10,
    }
    found = turn("engagements", body, {})
    assert ids(found) == ["48AB"]
    assert found.position is not None
    asked = params_of(way_of("engagements"), found.position)
    assert "&".join(f"{name}={value}" for name, value in asked) == query
    assert not turn("engagements", body | {"next_page_url": None, "has_more": False}, {}).more


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("tickets", []),
        ("tickets", {"error": "oh"}),
        ("tickets", {"tickets": None, "end_of_stream": True}),
        ("tickets", {"tickets": [{"status": "open"}], "end_of_stream": True}),
        ("tickets", {"tickets": [3], "end_of_stream": True}),
        ("tickets", {"tickets": []}),
        ("ticket_events", {"ticket_events": [{"id": 1}], "count": 2, "end_time": 1}),
        ("ticket_events", {"ticket_events": [{"id": 1}], "count": 1}),
        ("groups", {"groups": [], "meta": {}}),
        ("engagements", {"agent_engagement_data": []}),
    ],
)
def test_an_answer_that_cannot_be_right(name: str, body: Any) -> None:
    with pytest.raises(ImplausibleError):
        turn(name, body)


@pytest.mark.parametrize(
    ("name", "payload", "is_deleted"),
    [
        ("users", {"id": 1, "active": False}, True),
        ("users", {"id": 1, "active": True, "suspended": True}, False),
        ("organizations", {"id": 1, "deleted_at": "2026-03-01T08:00:00Z"}, True),
        ("organizations", {"id": 1, "deleted_at": None}, False),
        ("tickets", {"id": 1, "status": "closed"}, False),
        ("deleted_tickets", {"id": 1, "deleted_at": "2026-03-01T08:00:00Z"}, False),
    ],
)
def test_a_record_says_itself_whether_it_is_deleted(
    name: str, payload: dict[str, Any], is_deleted: bool
) -> None:
    more = {"end_of_stream": True, "meta": {"has_more": False}}
    if name == "organizations":
        more |= {"end_time": 5}
    [record] = turn(name, {name: [payload], **more}).records
    assert record.is_deleted is is_deleted


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_stream_is_declared_so_that_it_can_be_read(stream: Stream) -> None:
    assert stream.ways
    # What is read whole is asked for by its id before it counts as deleted.
    assert bool(stream.whole) == bool(stream.one and stream.single)
    assert "{id}" in stream.one or not stream.one
    for way in stream.ways:
        assert way.path.startswith("/api/v2/")
        assert ("incremental" in way.path) == (way.by in ("cursor", "time"))
        assert ("start_time" in first_position(way, 5)) == (
            way.since or way.by in ("cursor", "time", "engagements")
        )
