"""HubSpot's protocol: lists, searches, batches, associations, error bodies and rate limits."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from simulator.hubspot.portal import CALCULATED, TYPES, Object, Portal, iso, modified_property
from simulator.loopback import Answer, Query

_SCOPES = {type_: f"crm.objects.{type_}.read" for type_ in TYPES} | {
    "calls": "crm.objects.contacts.read"
}
_LIST_MOST, _SEARCH_MOST, _BATCH_MOST, _HISTORY_MOST, _LINKS_MOST = 100, 200, 100, 50, 1_000
_SEARCH_LENGTH, _ADDRESS_LENGTH = 3_000, 15_000
_TOKEN_S = 1_800


class _HubSpotError(Exception):
    def __init__(self, status: int, category: str, message: str, **details: Any) -> None:
        super().__init__(message)
        body = {
            "status": "error",
            "message": message,
            "correlationId": "6b31a3a1-6b8a-4b0a-9a3a-2f3a5f1f0c11",
            "category": category,
            **details,
        }
        self.answer = Answer(body, status)


@dataclass
class _Window:
    """Counts requests; those above the limit are refused by the policy's name."""

    policy: str
    limit: int
    seconds: float
    _recent: deque[float] = field(default_factory=deque)

    def refuses(self) -> bool:
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - self.seconds:
            self._recent.popleft()
        self._recent.append(now)
        return len(self._recent) > self.limit

    def answer(self) -> Answer:
        body = {
            "status": "error",
            "message": f"You have reached your {self.policy.lower()} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
            "policyName": self.policy,
        }
        return Answer(body, 429)


class Server:
    """Answers for a portal.

    Requests above `per_10_seconds` and `per_day`, and searches above `searches_per_second`, are
    refused. `links_per_page` links of one object are shown at once, and `search_depth` results of a
    search in all. `on_request` hears of every
    request before it is answered, to change the portal meanwhile.
    """

    def __init__(
        self,
        portal: Portal,
        per_10_seconds: int = 100,
        searches_per_second: int = 5,
        per_day: int = 250_000,
        links_per_page: int = 500,
        search_depth: int = 10_000,
        on_request: Callable[[Query], None] = lambda _: None,
    ) -> None:
        self.portal = portal
        self.refused_n = 0
        self._day = _Window("DAILY", per_day, 86_400)
        self._burst = _Window("TEN_SECONDLY_ROLLING", per_10_seconds, 10)
        self._searches = _Window("SECONDLY", searches_per_second, 1)
        self._links_per_page = links_per_page
        self._search_depth = search_depth
        self._on_request = on_request
        self._tokens_n = 0

    def __call__(self, query: Query) -> Answer:
        self._on_request(query)
        if query.path == "/oauth/v3/token":
            return self._token(query)
        windows = [self._day, self._burst]
        if query.path.endswith("/search"):
            windows.append(self._searches)
        # Every window counts, whichever refuses.
        if refusing := [window for window in windows if window.refuses()]:
            self.refused_n += 1
            return refusing[0].answer()
        try:
            self._authorize(query)
            return self._answer(query)
        except _HubSpotError as error:
            return error.answer

    def failed(self, status: int) -> Object:
        return {"status": "error", "message": f"fault {status}", "correlationId": "0-0"}

    def emptied(self, body: Object) -> Object:
        more = body.get("paging") or {"next": {"after": "MTAwMA=="}}
        return {**body, "results": [], "paging": more}

    def _token(self, query: Query) -> Answer:
        given = dict(parse_qsl(query.body.decode()))
        if given.get("refresh_token") != self.portal.refresh_token:
            error = {"error": "invalid_grant", "status": "BAD_REFRESH_TOKEN", "message": "invalid"}
            return Answer(error, 400)
        self._tokens_n += 1
        self.portal.token = f"oauth-loopback-{self._tokens_n}"
        return Answer(
            {
                "token_type": "bearer",
                "refresh_token": self.portal.refresh_token,
                "access_token": self.portal.token,
                "expires_in": _TOKEN_S,
            }
        )

    def _authorize(self, query: Query) -> None:
        given = query.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != self.portal.token:
            raise _HubSpotError(
                401, "INVALID_AUTHENTICATION", "Authentication credentials not found."
            )
        parts = query.path.strip("/").split("/")
        needed = [_SCOPES[part] for part in parts if part in _SCOPES]
        if "owners" in parts:
            needed.append("crm.objects.owners.read")
        if missing := sorted(self.portal.scopes_missing.intersection(needed)):
            context = {"requiredGranularScopes": missing}
            raise _HubSpotError(
                403,
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes to make this call.",
                errors=[
                    {"message": "All of the following scopes are required.", "context": context}
                ],
                links={"scopes": "https://developers.hubspot.com/scopes"},
            )

    def _answer(self, query: Query) -> Answer:
        match query.path.strip("/").split("/"):
            case ["crm", "v3", "objects", type_] if type_ in TYPES:
                return self._list(query, type_)
            case ["crm", "v3", "objects", type_, "search"] if type_ in TYPES:
                return self._search(query, type_)
            case ["crm", "v3", "objects", type_, "batch", "read"] if type_ in TYPES:
                return self._batch(query, type_)
            case ["crm", "v3", "objects", type_, id_] if type_ in TYPES:
                return self._one(query, type_, id_)
            case ["crm", "v3", "properties", type_] if type_ in TYPES:
                names = self.portal.properties_of(type_)
                return Answer({"results": [_definition(type_, name) for name in names]})
            case ["crm", "v4", "associations", of, to, "batch", "read"]:
                return self._links(query, of, to)
            case ["crm", "v3", "owners", *id_]:
                return self._owners(query, id_)
            case ["crm", "v3", "pipelines", "deals", *id_]:
                return self._pipelines(id_)
            case ["account-info", "v3", "details"]:
                return Answer({"portalId": self.portal.number, "timeZone": "Europe/Helsinki"})
        raise _HubSpotError(404, "OBJECT_NOT_FOUND", f"No route for {query.path}")

    def _list(self, query: Query, type_: str) -> Answer:
        if len(query.path) + sum(len(k) + len(v) + 2 for k, v in query.params) > _ADDRESS_LENGTH:
            raise _HubSpotError(414, "VALIDATION_ERROR", "URI Too Long")
        history = _names(query, "propertiesWithHistory")
        limit = _limit(query.one("limit"), _HISTORY_MOST if history else _LIST_MOST)
        after = int(b64decode(query.one("after") or "MA=="))
        shelf = self.portal.archived if _is_archived(query) else self.portal.live
        items = sorted((i for i in shelf[type_].values() if int(i["id"]) > after), key=_number)
        asked = _names(query, "properties")
        body: Object = {"results": [_shown(type_, i, asked, history) for i in items[:limit]]}
        if len(items) > limit:
            body["paging"] = _next(b64encode(items[limit - 1]["id"].encode()).decode())
        return Answer(body)

    def _search(self, query: Query, type_: str) -> Answer:
        asked = json.loads(query.body or b"{}")
        if len(query.body) > _SEARCH_LENGTH:
            raise _HubSpotError(400, "VALIDATION_ERROR", "The request body is too long")
        limit, start = _limit(asked.get("limit"), _SEARCH_MOST), int(asked.get("after") or 0)
        if start + limit > self._search_depth:
            raise _HubSpotError(400, "VALIDATION_ERROR", "Paging through too many results")
        items = sorted(self.portal.indexed(type_), key=_number)
        if groups := asked.get("filterGroups"):
            items = [item for item in items if _is_in_some(item, groups)]
        for sort in reversed(asked.get("sorts") or ()):
            is_down = sort.get("direction") == "DESCENDING"
            items.sort(key=partial(_value, name=sort["propertyName"]), reverse=is_down)
        page = items[start : start + limit]
        names = asked.get("properties") or []
        body: Object = {
            "total": len(items),
            "results": [_shown(type_, item, names, ()) for item in page],
        }
        if start + limit < len(items):
            body["paging"] = {"next": {"after": str(start + limit)}}
        return Answer(body)

    def _batch(self, query: Query, type_: str) -> Answer:
        asked = json.loads(query.body)
        history = asked.get("propertiesWithHistory") or ()
        ids = [given["id"] for given in asked["inputs"]]
        most = _HISTORY_MOST if history else _BATCH_MOST
        if len(ids) > most:
            raise _HubSpotError(400, "VALIDATION_ERROR", f"The maximum batch size is {most}")
        shelf = (self.portal.archived if _is_archived(query) else self.portal.live)[type_]
        found = {self.portal.merged.get(id_, id_) for id_ in ids}
        # In no order that anybody asked for.
        items = sorted((shelf[id_] for id_ in found if id_ in shelf), key=_number, reverse=True)
        results = [_shown(type_, item, asked.get("properties") or [], history) for item in items]
        gone = [id_ for id_ in ids if self.portal.merged.get(id_, id_) not in shelf]
        message = f"Could not get some {type_.upper()} objects, they may be deleted or not exist."
        errors = [_part_error(message, ids=gone)] if gone else []
        return self._in_parts(results, errors)

    def _one(self, query: Query, type_: str, id_: str) -> Answer:
        shelf = self.portal.archived if _is_archived(query) else self.portal.live
        item = shelf[type_].get(self.portal.merged.get(id_, id_))
        if item is None:
            raise _HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found")
        history = _names(query, "propertiesWithHistory")
        return Answer(_shown(type_, item, _names(query, "properties"), history))

    def _links(self, query: Query, of: str, to: str) -> Answer:
        inputs = json.loads(query.body)["inputs"]
        if len(inputs) > _LINKS_MOST:
            raise _HubSpotError(400, "VALIDATION_ERROR", "Too many inputs, 1000 are allowed")
        results, errors = [], []
        for given in inputs:
            id_, start = given["id"], int(b64decode(given.get("after") or "MA=="))
            linked = sorted(self.portal.links[of, to][id_].items(), key=lambda link: int(link[0]))
            if not linked:
                errors.append(
                    _part_error(
                        f"No {to} is associated with {of} {id_}.",
                        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
                        fromObjectId=[id_], fromObjectType=[of], toObjectType=[to],
                    )
                )  # fmt: skip
                continue
            end = start + self._links_per_page
            result: Object = {
                "from": {"id": id_},
                "to": [_link(to_id, kinds) for to_id, kinds in linked[start:end]],
            }
            if end < len(linked):
                result["paging"] = _next(b64encode(str(end).encode()).decode())
            results.append(result)
        return self._in_parts(results, errors)

    def _in_parts(self, results: Sequence[Object], errors: Sequence[Object]) -> Answer:
        body: Object = {
            "status": "COMPLETE",
            "results": list(results),
            "startedAt": iso(self.portal.now),
            "completedAt": iso(self.portal.now),
        }
        if errors:
            body |= {"numErrors": len(errors), "errors": list(errors)}
        return Answer(body, 207 if errors else 200)

    def _owners(self, query: Query, id_: Sequence[str]) -> Answer:
        if id_:
            if id_[0] not in self.portal.owners:
                raise _HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found")
            return Answer(self.portal.owners[id_[0]])
        limit, after = _limit(query.one("limit"), 500), int(query.one("after") or 0)
        archived = _is_archived(query)
        items = [
            owner
            for owner in sorted(self.portal.owners.values(), key=_number)
            if owner["archived"] == archived and int(owner["id"]) > after
        ]
        body: Object = {"results": items[:limit]}
        if len(items) > limit:
            body["paging"] = _next(items[limit - 1]["id"])
        return Answer(body)

    def _pipelines(self, id_: Sequence[str]) -> Answer:
        if not id_:
            return Answer({"results": list(self.portal.pipelines.values())})
        if id_[0] not in self.portal.pipelines:
            raise _HubSpotError(404, "OBJECT_NOT_FOUND", "resource not found")
        return Answer(self.portal.pipelines[id_[0]])


def _is_archived(query: Query) -> bool:
    return (query.one("archived") or "").lower() == "true"


def _number(item: Object) -> int:
    return int(item["id"])


def _next(after: str) -> Object:
    # As in life, the link names a host that may be another than the one that was asked.
    return {"next": {"after": after, "link": f"https://api.hubapi.com/next?after={after}"}}


def _names(query: Query, name: str) -> list[str]:
    return [part for value in query.all(name) for part in value.split(",") if part]


def _limit(given: Any, most: int) -> int:
    limit = int(given or 10)
    if not 1 <= limit <= most:
        raise _HubSpotError(400, "VALIDATION_ERROR", f"limit must be at most {most}")
    return limit


def _shown(type_: str, item: Object, asked: Iterable[str], history: Iterable[str]) -> Object:
    """The object with the properties that were asked for, and those that always come along."""
    created = "createdate" if "createdate" in item["properties"] else "hs_createdate"
    names = [*asked, "hs_object_id", created, modified_property(type_)]
    shown = {name: value for name, value in item.items() if name != "history"}
    shown["properties"] = {name: item["properties"].get(name) for name in dict.fromkeys(names)}
    if history:
        shown["propertiesWithHistory"] = {
            name: _history(item, name) for name in history if name in item["properties"]
        }
    return shown


def _history(item: Object, name: str) -> list[Object]:
    """Values of a property, the newest first."""
    known = item.get("history", {}).get(name)
    values = known or [(item["createdAt"], item["properties"][name])]
    return [
        {"value": value, "timestamp": at, "sourceType": "CRM_UI", "sourceId": "userId:1"}
        for at, value in reversed(values)
    ]


def _value(item: Object, name: str) -> float:
    """A property as a number; a time as its milliseconds."""
    text = item["properties"].get(name) or "0"
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp() * 1000


def _is_in_some(item: Object, groups: Sequence[Object]) -> bool:
    return any(all(_holds(item, asked) for asked in group["filters"]) for group in groups)


def _holds(item: Object, asked: Object) -> bool:
    found, bound = _value(item, asked["propertyName"]), float(asked["value"])
    return {
        "EQ": found == bound,
        "GT": found > bound,
        "GTE": found >= bound,
        "LT": found < bound,
        "LTE": found <= bound,
    }[asked["operator"]]


def _part_error(message: str, sub_category: str | None = None, **context: list[str]) -> Object:
    error = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": message,
        "context": context,
        "errors": [],
        "links": {},
    }
    return error | ({"subCategory": sub_category} if sub_category else {})


def _link(to_id: str, kinds: Sequence[tuple[int, str | None]]) -> Object:
    return {
        "toObjectId": int(to_id),
        "associationTypes": [
            {"category": "HUBSPOT_DEFINED", "typeId": number, "label": label}
            for number, label in kinds
        ],
    }


def _definition(type_: str, name: str) -> Object:
    is_time = name.endswith("date") or name == "hs_timestamp"
    return {
        "name": name,
        "label": name.replace("_", " ").capitalize(),
        "type": "datetime" if is_time else "string",
        "fieldType": "date" if is_time else "text",
        "description": "",
        "groupName": f"{type_}information",
        "options": [],
        "displayOrder": -1,
        # HubSpot works the amount of a line out, and takes the amount of a deal.
        "calculated": name in CALCULATED or (type_, name) == ("line_items", "amount"),
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": name.startswith("hs_"),
        "archived": False,
        "formField": False,
    }
