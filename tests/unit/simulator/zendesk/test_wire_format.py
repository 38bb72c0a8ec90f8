"""What stands in for Zendesk is judged by zenpy, and by what Zendesk really sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
import zenpy.lib.generator
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.exception import APIException, RecordNotFoundException

from pipelines.contract import PROJECT_DIR
from simulator.company import AS_OF
from simulator.loopback import Query, Served, serving
from simulator.zendesk.account import Account, iso
from simulator.zendesk.server import Dialect, Server
from tests.support.shapes import misfits
from tests.support.zendesk_account import small_account

REAL = PROJECT_DIR.parent / "shared" / "data"


class ToLoopback(HTTPAdapter):
    """Sends what is for Zendesk to the loopback server, and says that Zendesk answered."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._host = urlsplit(address).netloc

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        asked = request.url or ""
        request.url = urlunsplit(urlsplit(asked)._replace(scheme="http", netloc=self._host))
        response = super().send(request, **options)
        request.url = response.url = asked
        return response


class Then(datetime):
    """The clock of the account: zenpy asks for no time that is less than five minutes old."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(AS_OF, tz)


@pytest.fixture(scope="module")
def account() -> Account:
    account = small_account()
    # zenpy reads calls until they are recent, and those of a quiet account for ever.
    for collection in ("calls", "legs"):
        newest = list(account.objects[collection].values())[-1]
        account.load(collection, [newest | {"updated_at": iso(AS_OF - 90)}])
    for ticket in list(account.objects["tickets"].values())[:5]:
        account.now = AS_OF - 3_600
        account.delete_ticket(ticket["id"])
    account.now = AS_OF
    return account


@pytest.fixture(scope="module")
def served(account: Account) -> Iterator[Served]:
    with serving(Server(account, 100_000, 100_000, export_n=50)) as served:
        yield served


@pytest.fixture
def client(served: Served, account: Account, monkeypatch: pytest.MonkeyPatch) -> Zenpy:
    monkeypatch.setattr(zenpy.lib.generator, "datetime", Then)
    return client_at(served.address, account.email, account.token)


def client_at(address: str, email: str, token: str) -> Zenpy:
    session = requests.Session()
    session.mount("https://", ToLoopback(address))
    return Zenpy(subdomain="example", email=email, token=token, session=session, disable_cache=True)


WALKS: Mapping[str, Callable[[Zenpy], Any]] = {
    "tickets": lambda c: c.tickets.incremental(
        start_time=0, paginate_by_time=False, include=["metric_sets"]
    ),
    "tickets by time": lambda c: c.tickets.incremental(start_time=0, paginate_by_time=True),
    "ticket_events": lambda c: c.tickets.events(start_time=0, include=["comment_events"]),
    "ticket_fields": lambda c: c.ticket_fields(),
    "deleted_tickets": lambda c: c.tickets.deleted(),
    "users": lambda c: c.users.incremental(start_time=0, paginate_by_time=False),
    "users by time": lambda c: c.users.incremental(start_time=0, paginate_by_time=True),
    "organizations": lambda c: c.organizations(),
    "organizations by time": lambda c: c.organizations.incremental(start_time=0),
    "groups": lambda c: c.groups(),
    "group_memberships": lambda c: c.group_memberships(),
    "sla_policies": lambda c: c.sla_policies(),
    "satisfaction_ratings": lambda c: c.satisfaction_ratings(),
    "calls": lambda c: c.talk.calls.incremental(start_time=0),
    "legs": lambda c: c.talk.legs.incremental(start_time=0),
    "ticket_audits": lambda c: c.tickets.audits(),
    "engagements": lambda c: c.engagements.fetch_all(),
}


@pytest.mark.parametrize("walk", WALKS)
def test_the_official_client_walks_every_stream(client: Zenpy, account: Account, walk: str) -> None:
    collection = walk.split(" ")[0]
    id_ = "engagement_id" if collection == "engagements" else "id"
    walked = [getattr(item, id_) for item in WALKS[walk](client)]
    there = account.objects[collection].items()
    # Only exports show organizations that were deleted.
    assert set(walked) == {
        id_ for id_, item in there if walk != "organizations" or item["deleted_at"] is None
    }
    assert walked
    # Only the borders of pages by time are told twice.
    by_time = walk.endswith("by time") or collection in ("ticket_events", "calls", "legs")
    assert len(walked) == len(set(walked)) or by_time


def test_the_official_client_reads_what_is_told_only_when_asked(
    client: Zenpy, account: Account
) -> None:
    there = account.objects["tickets"]
    tickets = client.tickets.incremental(0, paginate_by_time=False, include=["metric_sets"])
    replies = {ticket.id: ticket.metric_set["replies"] for ticket in tickets}
    assert replies == {id_: ticket["metric_set"]["replies"] for id_, ticket in there.items()}
    comments = [
        child
        for event in client.tickets.events(start_time=0, include=["comment_events"])
        for child in event.child_events
        if child["event_type"] == "Comment"
    ]
    assert {comment["public"] for comment in comments} == {True, False}
    bare = client.tickets.events(start_time=0)
    hidden = [c for e in bare for c in e.child_events if c["event_type"] == "Comment"]
    assert {"public" in comment for comment in hidden} == {False}


def test_the_official_client_understands_the_errors(
    client: Zenpy, served: Served, account: Account
) -> None:
    with pytest.raises(RecordNotFoundException):
        client.tickets(id=999_999)
    with pytest.raises(APIException, match="Couldn't authenticate you"):
        list(client_at(served.address, account.email, "another").groups())
    with pytest.raises(APIException, match="Too recent"):
        client.tickets.incremental(AS_OF, paginate_by_time=True)


def test_the_official_client_waits_as_it_is_told(account: Account) -> None:
    class Hasty(Server):
        """A minute passes with every refusal."""

        def __call__(self, query: Query) -> Any:
            answer = super().__call__(query)
            if answer.status == 429:
                self._requests._recent.clear()
                answer.headers["Retry-After"] = "1"  # type: ignore[index]
            return answer

    server = Hasty(account, requests_per_minute=1)
    with serving(server) as served:
        client = client_at(served.address, account.email, account.token)
        assert len(list(client.groups())) == len(account.objects["groups"])
        assert len(list(client.sla_policies())) == len(account.objects["sla_policies"])
    assert server.refused_n == 1


@pytest.mark.parametrize("dialect", ["x-rate-limit", "rate-limit", "ratelimit"])
def test_the_limit_is_told_in_each_dialect(account: Account, dialect: Dialect) -> None:
    with serving(Server(account, dialect=dialect)) as served:
        login = (f"{account.email}/token", account.token)
        answer = requests.get(f"{served.address}/api/v2/groups.json", auth=login, timeout=10)
    told = [name for name in answer.headers if "limit" in name.lower()]
    assert len(told) == 2
    assert {answer.headers[name] for name in told} == {"700", "699"}


# Shapes: the keys of a record and the types of their values. What is written here was put together
# by hand from Zendesk's reference, so that it is checked where no recording is at hand.
TEXT, NUMBER, FLAG, LIST, OBJECT, NULL = "str", "int", "bool", "list", "dict", "NoneType"
SHAPES: Mapping[str, Mapping[str, str]] = {
    "groups": {
        "url": TEXT, "id": NUMBER, "is_public": FLAG, "name": TEXT, "description": TEXT,
        "default": FLAG, "deleted": FLAG, "created_at": TEXT, "updated_at": TEXT,
    },
    "group_memberships": {
        "url": TEXT, "id": NUMBER, "user_id": NUMBER, "group_id": NUMBER, "default": FLAG,
        "created_at": TEXT, "updated_at": TEXT,
    },
    "schedules": {
        "id": NUMBER, "name": TEXT, "time_zone": TEXT, "created_at": TEXT, "updated_at": TEXT,
        "intervals": LIST,
    },
    "sla_policies": {
        "url": TEXT, "id": NUMBER, "title": TEXT, "description": TEXT, "position": NUMBER,
        "filter": OBJECT, "policy_metrics": LIST, "created_at": TEXT, "updated_at": TEXT,
    },
    "ticket_audits": {
        "id": NUMBER, "ticket_id": NUMBER, "created_at": TEXT, "author_id": NUMBER,
        "metadata": OBJECT, "events": LIST, "via": OBJECT,
    },
    "satisfaction_ratings": {
        "url": TEXT, "id": NUMBER, "assignee_id": NUMBER, "group_id": NUMBER,
        "requester_id": NUMBER, "ticket_id": NUMBER, "score": TEXT, "created_at": TEXT,
        "updated_at": TEXT, "comment": TEXT, "reason": TEXT, "reason_id": NUMBER,
    },
}  # fmt: skip


@pytest.mark.parametrize("collection", SHAPES)
def test_records_have_the_shape_that_zendesk_describes(account: Account, collection: str) -> None:
    shape = {key: {kind} for key, kind in SHAPES[collection].items()}
    assert _differences(account.objects[collection].values(), [shape]) == []
    spoilt = [{**item, "id": "1", "colour": "red"} for item in account.objects[collection].values()]
    said = " ".join(_differences(spoilt, [shape]))
    assert "colour" in said
    assert "id" in said


RECORDED = {
    "users": ("zendesk_recordings/users_incremental.jsonl", "users", set()),
    "organizations": ("zendesk_recordings/organizations.jsonl", "organizations", {"deleted_at"}),
    "groups": ("zendesk_recordings/groups.jsonl", "groups", set()),
    "group_memberships": (
        "zendesk_recordings/group_memberships.jsonl", "group_memberships", set(),
    ),
    "ticket_audits": ("zendesk_recordings/ticket_audits.jsonl", "audits", set()),
    "engagements": ("zendesk_recordings/engagements.jsonl", "agent_engagement_data", set()),
    "schedules": ("vendor_records/zendesk.jsonl", "schedules", set()),
    "sla_policies": ("vendor_records/zendesk.jsonl", "sla_policies", set()),
    "ticket_fields": ("vendor_records/zendesk.jsonl", "ticket_fields", set()),
    # The export adds what it was asked for, and when the ticket moved.
    "tickets": (
        "zendesk_recordings/deleted_tickets.jsonl", "ticket", {"generated_timestamp", "metric_set"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("collection", RECORDED)
def test_records_have_the_shape_of_real_ones(account: Account, collection: str) -> None:
    file, key, added = RECORDED[collection]
    if not REAL.exists():
        pytest.skip("what Zendesk really sent is not beside this checkout")
    shapes = [
        {name: {type(value).__name__} for name, value in record.items()}
        for record in _recorded(REAL / file, key)
    ]
    assert shapes
    ours = [
        {name: value for name, value in item.items() if name not in added}
        for item in account.objects[collection].values()
    ]
    assert _differences(ours, shapes) == []


def _recorded(path: Path, key: str) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("stream") == key:
            yield row["data"]
        found = (row.get("body") or {}).get(key) if isinstance(row.get("body"), dict) else None
        yield from found if isinstance(found, list) else [found] if found else []


def _differences(ours: Any, shapes: list[dict[str, set[str]]]) -> list[str]:
    """What our records have that real ones never have, and lack that those always have."""
    real: dict[str, set[str]] = {}
    for shape in shapes:
        for name, kinds in shape.items():
            real[name] = real.get(name, set()) | kinds
    always = set.intersection(*(set(shape) for shape in shapes))
    said = set()
    for item in ours:
        said |= {f"{name} is missing" for name in always - set(item)}
        for name, value in item.items():
            kinds = real.get(name, set())
            if not kinds:
                said.add(f"{name} is unknown")
            elif kinds != {NULL} and type(value).__name__ not in kinds | {NULL}:
                said.add(f"{name} is {type(value).__name__}, not {sorted(kinds)}")
    return sorted(said)


def test_the_account_tells_the_time_as_zendesk_does() -> None:
    assert iso(AS_OF) == datetime.fromtimestamp(AS_OF, UTC).isoformat().replace("+00:00", "Z")


# What staging reads of each record, as Zendesk's documentation shows it; the content is made up.
EXCERPTS: dict[str, dict[str, Any]] = {
    "tickets": {
        "id": 35_436, "assignee_id": 235_323, "created_at": "2024-07-20T22:55:29Z",
        "custom_fields": [{"id": 27_642, "value": "745"}], "group_id": 98_738,
        "organization_id": 509_974, "priority": "high", "requester_id": 20_978_392,
        "status": "open", "submitter_id": 76_872, "tags": ["enterprise"],
        "updated_at": "2024-07-20T22:55:29Z",
        "via": {"channel": "web", "source": {"from": {}, "rel": None, "to": {}}},
        "metric_set": {
            "id": 33, "assignee_stations": 1, "group_stations": 1, "reopens": 0, "replies": 1,
            "created_at": "2024-07-20T22:55:29Z", "solved_at": None,
            "initially_assigned_at": "2024-07-20T22:55:29Z",
            "reply_time_in_minutes": {"business": 737, "calendar": 2_391},
            "full_resolution_time_in_minutes": {"business": 737, "calendar": 2_391},
            "requester_wait_time_in_minutes": {"business": 737, "calendar": 2_391},
        },
    },
    "users": {
        "id": 35_436, "active": True, "created_at": "2024-07-20T22:55:29Z", "email": "a@b.fi",
        "external_id": None, "locale": "fi", "name": "A", "organization_id": 57_542,
        "phone": "+15551234567", "role": "end-user", "shared_phone_number": False, "tags": [],
        "updated_at": "2024-07-20T22:55:29Z", "user_fields": {}, "verified": True,
    },
    "organizations": {
        "id": 35_436, "created_at": "2024-07-20T22:55:29Z", "external_id": None, "name": "A Oy",
        "organization_fields": {"segment": "smb"}, "tags": [],
        "updated_at": "2024-07-20T22:55:29Z",
    },
    "groups": {
        "id": 211, "created_at": "2024-07-20T22:55:29Z", "deleted": False, "name": "Tuki",
        "updated_at": "2024-07-20T22:55:29Z",
    },
    "group_memberships": {"id": 4, "default": True, "group_id": 211, "user_id": 35_436},
    "ticket_events": {
        "id": 926_256_957_613, "created_at": "2024-07-20T22:55:29Z", "event_type": "Audit",
        "ticket_id": 35_436, "timestamp": 1_721_516_129, "updater_id": 20_978_392,
        "via": "Web form",
        "child_events": [{"id": 155_826, "event_type": "Create"}],
    },
    "calls": {
        "id": 360_088_814_475, "agent_id": 235_323, "call_group_id": 98_738,
        "completion_status": "completed", "created_at": "2024-07-20T22:55:29Z",
        "customer_id": 20_978_392, "direction": "inbound", "exceeded_queue_wait_time": False,
        "hold_time": 0, "outside_business_hours": False, "overflowed": False, "talk_time": 133,
        "ticket_id": 35_436, "updated_at": "2024-07-20T22:55:29Z", "wait_time": 12,
        "wrap_up_time": 5,
    },
    "satisfaction_ratings": {
        "id": 35_436, "assignee_id": 135, "created_at": "2024-07-20T22:55:29Z",
        "requester_id": 7_881, "score": "good", "ticket_id": 208,
        "updated_at": "2024-07-20T22:55:29Z",
    },
    "schedules": {
        "id": 133, "intervals": [{"start_time": 1_980, "end_time": 2_460}], "name": "Tuki",
        "time_zone": "Helsinki",
    },
    "sla_policies": {
        "id": 36, "filter": {"all": [], "any": []}, "position": 3, "title": "Urgent",
        "policy_metrics": [
            {"priority": "normal", "metric": "first_reply_time", "target": 30,
             "business_hours": False}
        ],
    },
    "ticket_fields": {"id": 34, "removable": True, "title": "Topic", "type": "tagger"},
}  # fmt: skip


@pytest.mark.parametrize("collection", EXCERPTS)
def test_records_have_the_shape_of_the_documented_ones(account: Account, collection: str) -> None:
    ours = list(account.objects[collection].values())
    assert ours
    assert [misfits(EXCERPTS[collection], item) for item in ours] == [[]] * len(ours)
