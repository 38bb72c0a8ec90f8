"""Zendesk's protocol: exports by cursor and by time, lists by cursor and by number, and limits."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Literal
from urllib.parse import urlencode

from simulator.loopback import Answer, Query
from simulator.zendesk.account import Account, Object

# Paths below /api/v2 without .json, and the collections behind them.
_CURSOR_EXPORTS = {"incremental/tickets/cursor": "tickets", "incremental/users/cursor": "users"}
_TIME_EXPORTS = {
    "incremental/tickets": "tickets",
    "incremental/users": "users",
    "incremental/organizations": "organizations",
    "incremental/ticket_events": "ticket_events",
}
_TALK = "channels/voice/stats/incremental"
_TALK_EXPORTS = {f"{_TALK}/calls": "calls", f"{_TALK}/legs": "legs"}
# By which fields a list is in order.
_LISTS = {
    "organizations": ("id",),
    "groups": ("name", "id"),
    "group_memberships": ("id",),
    "users": ("id",),
    "ticket_fields": ("id",),
    "deleted_tickets": ("deleted_at", "id"),
    "satisfaction_ratings": ("created_at", "id"),
    "ticket_audits": ("created_at", "id"),
}
_NUMBERED = {"slas/policies": "sla_policies", "business_hours/schedules": "schedules"}
_SINGLE = {
    "tickets": "ticket",
    "ticket_fields": "ticket_field",
    "users": "user",
    "organizations": "organization",
    "groups": "group",
    "group_memberships": "group_membership",
    "satisfaction_ratings": "satisfaction_rating",
    "slas/policies": "sla_policy",
    "business_hours/schedules": "schedule",
}
_KEYS = {"ticket_audits": "audits", "engagements": "agent_engagement_data"}
_MOST, _OFFSET_MOST = 100, 10_000
_EXPORT_MOST = 1_000
_NEWEST_S = 60

Dialect = Literal["x-rate-limit", "rate-limit", "ratelimit"]
_DIALECTS: dict[Dialect, tuple[str, str]] = {
    "x-rate-limit": ("X-Rate-Limit", "X-Rate-Limit-Remaining"),
    "rate-limit": ("rate-limit", "rate-limit-remaining"),
    "ratelimit": ("ratelimit-limit", "ratelimit-remaining"),
}


class _ZendeskError(Exception):
    def __init__(self, status: int, error: str, description: str = "Not found") -> None:
        super().__init__(error)
        self.answer = Answer({"error": error, "description": description}, status)


class _Window:
    """So many requests in any minute."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._recent: deque[float] = deque()

    def enter(self) -> int:
        """What is left after this request; below zero it is one too many."""
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 60:
            self._recent.popleft()
        self._recent.append(now)
        return self.limit - len(self._recent)

    def free_in(self) -> int:
        return int(self._recent[0] + 60 - time.monotonic()) + 1


class Server:
    """Answers for an account.

    `export_n` records are on a page of an export, at most. Links name `links`, as Zendesk's may
    name another host than the one that was asked. `on_page` hears of every page before it is read,
    to change the account meanwhile.
    """

    def __init__(
        self,
        account: Account,
        requests_per_minute: int = 700,
        exports_per_minute: int = 10,
        export_n: int = _EXPORT_MOST,
        links: str = "https://example.zendesk.com",
        dialect: Dialect = "x-rate-limit",
        on_page: Callable[[Query], None] = lambda _: None,
    ) -> None:
        self.account = account
        self.refused_n = 0
        self._requests = _Window(requests_per_minute)
        self._exports = {
            "talk": _Window(exports_per_minute),
            "support": _Window(exports_per_minute),
        }
        self._export_n = export_n
        self._links = links
        self._dialect = dialect
        self._on_page = on_page

    def __call__(self, query: Query) -> Answer:
        path = query.path.removeprefix("/api/v2/").removesuffix(".json")
        window, left = self._requests, self._requests.enter()
        if left >= 0 and "incremental/" in path:
            window = self._exports["talk" if path.startswith(_TALK) else "support"]
            left = window.enter()
        limit, remaining = _DIALECTS[self._dialect]
        headers = {limit: str(window.limit), remaining: str(max(left, 0))}
        if left < 0:
            self.refused_n += 1
            error = {
                "error": "APIRateLimitExceeded",
                "description": "Number of allowed API requests per minute exceeded",
            }
            return Answer(error, 429, headers | {"Retry-After": str(window.free_in())})
        try:
            self._authorize(query)
            return Answer(self._answer(query, path), 200, headers)
        except _ZendeskError as error:
            return error.answer

    def failed(self, status: int) -> Object:
        return {"error": "InternalError", "description": f"fault {status}"}

    def emptied(self, body: Object) -> Object:
        """No records, and more to come."""
        emptied: Object = {k: [] if isinstance(v, list) else v for k, v in body.items()}
        if "meta" in body:
            emptied["meta"] = {**body["meta"], "has_more": True}
        for name, value in (("end_of_stream", False), ("has_more", True), ("count", 0)):
            if name in body:
                emptied[name] = value
        return emptied

    def _authorize(self, query: Query) -> None:
        login = f"{self.account.email}/token:{self.account.token}"
        known = (
            f"Basic {base64.b64encode(login.encode()).decode()}",
            f"Bearer {self.account.token}",
        )
        if query.headers.get("Authorization") not in known:
            raise _ZendeskError(401, "Couldn't authenticate you", "Invalid credentials")

    def _answer(self, query: Query, path: str) -> Object:
        if collection := _CURSOR_EXPORTS.get(path):
            self._enter(collection, query)
            return self._by_cursor(query, path, collection)
        if collection := _TIME_EXPORTS.get(path) or _TALK_EXPORTS.get(path):
            self._enter(collection, query)
            return self._by_time(query, path, collection)
        if path in _LISTS:
            self._enter(path, query)
            return self._listed(query, path)
        if collection := _NUMBERED.get(path):
            self._enter(collection, query)
            return self._by_number(
                query, path, list(self.account.objects[collection].values()), collection
            )
        if path == "engagements":
            self._enter(path, query)
            return self._engagements(query)
        return self._one(path)

    def _enter(self, collection: str, query: Query) -> None:
        if collection in self.account.scopes_missing:
            raise _ZendeskError(
                403,
                "Forbidden",
                "You do not have access to this page. Please contact the account owner of this "
                "help desk for further help.",
            )
        if collection in self.account.plans_missing:
            raise _ZendeskError(404, "InvalidEndpoint")
        self._on_page(query)

    def _one(self, path: str) -> Object:
        parent, _, id_ = path.rpartition("/")
        if id_ == "holidays":
            schedule_id = int(parent.rpartition("/")[2])
            if schedule_id not in self.account.objects["schedules"]:
                raise _ZendeskError(404, "RecordNotFound")
            held = self.account.objects["holidays"].values()
            return {
                "holidays": [
                    _without(h, "schedule_id") for h in held if h["schedule_id"] == schedule_id
                ]
            }
        collection = _NUMBERED.get(parent, parent)
        found = self.account.objects.get(collection, {}).get(int(id_) if id_.isdigit() else id_)
        if parent not in _SINGLE or found is None or found.get("status") == "deleted":
            raise _ZendeskError(404, "RecordNotFound")
        return {_SINGLE[parent]: self._shown(found, collection, set())}

    # exports

    def _by_cursor(self, query: Query, path: str, collection: str) -> Object:
        """Everything after the place of a cursor, whose time and id are in it."""
        after = (int(query.one("start_time") or 0) - 1, float("inf"))
        if cursor := query.one("cursor"):
            after = _decoded_cursor(cursor)
        elif query.one("start_time") is None:
            raise _ZendeskError(400, "StartTimeMissing", "Missing parameter start_time")
        else:
            self._check_start(query)
        rows = self.account.exported(collection, self.account.now - _NEWEST_S)
        rows = [(at, item) for at, item in rows if (at, item["id"]) > after]
        page, include = rows[: self._size(query)], query.one("include") or ""
        last = _encoded_cursor(page[-1][0], page[-1][1]["id"]) if page else cursor
        return {
            collection: [
                self._shown(item, collection, set(include.split(","))) for _, item in page
            ],
            "after_url": last and self._link(path, [*_kept(query), ("cursor", last)]),
            "before_url": None,
            "after_cursor": last,
            "before_cursor": None,
            "end_of_stream": len(page) == len(rows),
        }

    def _by_time(self, query: Query, path: str, collection: str) -> Object:
        """From a time on; those of the last second of a page are on it and on the next one.

        A page of a single second holds all of it. The exports of Support go on with the second
        after it, those of Talk lead back to it.
        """
        self._check_start(query)
        start = int(query.one("start_time") or 0)
        rows = self.account.exported(collection, self.account.now - _NEWEST_S)
        rows = [(at, item) for at, item in rows if at >= start]
        page = rows[: self._size(query)]
        if page:
            page = [(at, item) for at, item in rows if at <= page[-1][0]]
        include = set((query.one("include") or "").split(","))
        end = page[-1][0] if page else None
        if end is not None and page[0][0] == end and path not in _TALK_EXPORTS:
            end += 1
        body: Object = {
            collection: [self._shown(item, collection, include) for _, item in page],
            "count": len(page),
            "end_time": end,
            "next_page": self._link(
                path, [*_kept(query), ("start_time", str(start if end is None else end))]
            ),
        }
        if path not in _TALK_EXPORTS:
            body["end_of_stream"] = len(page) == len(rows)
        return body

    def _check_start(self, query: Query) -> None:
        start = query.one("start_time") or ""
        if not start.isdigit():
            raise _ZendeskError(400, "InvalidValue", "start_time must be a Unix epoch time")
        if int(start) > self.account.now - _NEWEST_S:
            raise _ZendeskError(
                400, "StartTimeTooRecent", "Too recent. Use a start_time older than 60 seconds."
            )

    def _size(self, query: Query) -> int:
        return min(int(query.one("per_page") or _EXPORT_MOST), self._export_n)

    # lists

    def _listed(self, query: Query, collection: str) -> Object:
        items = list(self.account.objects[collection].values())
        if collection == "groups" and query.one("exclude_deleted") != "false":
            items = [item for item in items if not item["deleted"]]
        if collection == "organizations":
            items = [item for item in items if item["deleted_at"] is None]
        if start := query.one("start_time"):
            items = [i for i in items if self.account.moved(collection, i) >= int(start)]
        order = _LISTS[collection]
        items.sort(key=lambda item: [item[name] for name in order])
        size = query.one("page[size]")
        if size is None:
            return self._by_number(query, collection, items, _KEYS.get(collection, collection))
        if not 1 <= int(size) <= _MOST:
            raise _ZendeskError(400, "InvalidPaginationParameter", "page[size] must be 1 to 100")
        if after := query.one("page[after]"):
            place = _decoded_place(after)
            items = [item for item in items if [item[name] for name in order] > place]
        page = items[: int(size)]
        last = _encoded_place([page[-1][name] for name in order]) if page else None
        params = [(k, v) for k, v in query.params if k != "page[after]"]
        return {
            _KEYS.get(collection, collection): [self._shown(i, collection, set()) for i in page],
            "meta": {
                "has_more": len(page) < len(items),
                "after_cursor": last,
                "before_cursor": None,
            },
            "links": {
                "prev": None,
                "next": last and self._link(collection, [*params, ("page[after]", last)]),
            },
        }

    def _by_number(self, query: Query, path: str, items: list[Object], key: str) -> Object:
        number, size = int(query.one("page") or 1), min(int(query.one("per_page") or _MOST), _MOST)
        if number * size > _OFFSET_MOST:
            raise _ZendeskError(400, "InvalidPaginationDepth", "Pagination limit reached")
        page = items[(number - 1) * size : number * size]
        more = number * size < len(items)
        return {
            key: [self._shown(item, path, set()) for item in page],
            "next_page": self._link(path, [("page", str(number + 1)), ("per_page", str(size))])
            if more
            else None,
            "previous_page": None,
            "count": len(items),
        }

    def _engagements(self, query: Query) -> Object:
        place = (int(query.one("start_time") or 0), "")
        if at := query.one("start_time_cursor"):
            place = (int(at), query.one("engagement_id_cursor") or "")
        size = int(query.one("page_size") or 10)
        rows = sorted(
            (self.account.moved("engagements", item), str(id_))
            for id_, item in self.account.objects["engagements"].items()
        )
        rows = [row for row in rows if row > place]
        page, more = rows[:size], len(rows) > size
        params = [
            ("start_time_cursor", str(page[-1][0] if page else 0)),
            ("engagement_id_cursor", page[-1][1] if page else ""),
            ("page_size", str(size)),
            ("channel", "MESSAGING"),
        ]
        return {
            "agent_engagement_data": [self.account.objects["engagements"][id_] for _, id_ in page],
            "next_page_url": self._link("engagements", params, "") if more else None,
            "has_more": more,
            "page_size": len(page),
        }

    def _shown(self, item: Object, collection: str, include: set[str]) -> Object:
        """The record without what is only there when asked for."""
        if collection == "tickets" and "metric_sets" not in include:
            return _without(item, "metric_set")
        if collection == "ticket_events" and "comment_events" not in include:
            shown = deepcopy(item)
            shown["child_events"] = [_hidden(event) for event in shown["child_events"]]
            return shown
        return item

    def _link(self, path: str, params: list[tuple[str, str]], suffix: str = ".json") -> str:
        return f"{self._links}/api/v2/{path}{suffix}?{urlencode(params)}"


def _kept(query: Query) -> list[tuple[str, str]]:
    """What a link repeats of the request that it continues."""
    return [(k, v) for k, v in query.params if k not in ("cursor", "start_time")]


def _hidden(event: Object) -> Object:
    if event["event_type"] != "Comment":
        return event
    kept = {name: event[name] for name in ("id", "via", "via_reference_id", "event_type")}
    return kept | {"comment_present": True, "comment_public": event["public"]}


def _without(item: Object, *names: str) -> Object:
    return {name: value for name, value in item.items() if name not in names}


def _encoded_cursor(at: int, id_: Any) -> str:
    return base64.b64encode(f"{at}.0||{id_}|".encode()).decode()


def _decoded_cursor(cursor: str) -> tuple[int, int]:
    try:
        at, _, id_, _ = base64.b64decode(cursor, validate=True).decode().split("|")
        return int(float(at)), int(id_)
    except (binascii.Error, ValueError) as error:
        raise _ZendeskError(400, "InvalidValue", "Invalid cursor") from error


def _encoded_place(place: list[Any]) -> str:
    return base64.b64encode(json.dumps(place).encode()).decode()


def _decoded_place(cursor: str) -> list[Any]:
    try:
        return list(json.loads(base64.b64decode(cursor, validate=True)))
    except (binascii.Error, ValueError) as error:
        raise _ZendeskError(400, "InvalidPaginationParameter", "Invalid cursor") from error
