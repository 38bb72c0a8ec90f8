"""A HubSpot account: its objects, what links them, what the search index shows, and who may ask."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]
# The kinds of a link between two objects: HubSpot's number and label of each.
Kinds = tuple[tuple[int, str | None], ...]

TYPES = (
    "companies",
    "contacts",
    "products",
    "deals",
    "line_items",
    "calls",
    "feedback_submissions",
)
# Properties that HubSpot works out: they change without the object being touched.
CALCULATED = {
    "amount_in_home_currency",
    "days_to_close",
    "hs_is_closed",
    "hs_is_closed_won",
    "hs_pre_discount_amount",
    "hs_term_in_months",
    "hs_total_discount",
}
_KINDS: dict[tuple[str, str], Kinds] = {
    ("contacts", "companies"): ((1, "Primary"), (279, None)),
    ("deals", "companies"): ((5, "Primary"), (341, None)),
    ("deals", "contacts"): ((3, None),),
    ("deals", "line_items"): ((19, None),),
    ("calls", "contacts"): ((194, None),),
    ("calls", "companies"): ((182, None),),
    ("calls", "deals"): ((206, None),),
    ("feedback_submissions", "contacts"): ((98, None),),
}


def modified_property(type_: str) -> str:
    return "lastmodifieddate" if type_ == "contacts" else "hs_lastmodifieddate"


def iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


@dataclass
class Portal:
    """Objects with all their properties; the server shows what is asked for.

    `now` is the account's time in seconds, `index_lag_s` how much later the search index knows of a
    change. `scopes_missing` are permissions that the app lacks, `defined` properties that were
    defined beside those that objects have.
    """

    now: float
    number: int = 24_601
    token: str = "pat-eu1-loopback"
    refresh_token: str = "refresh-loopback"
    index_lag_s: float = 0
    scopes_missing: set[str] = field(default_factory=set)
    live: dict[str, dict[str, Object]] = field(default_factory=lambda: {t: {} for t in TYPES})
    archived: dict[str, dict[str, Object]] = field(default_factory=lambda: {t: {} for t in TYPES})
    merged: dict[str, str] = field(default_factory=dict)
    links: dict[tuple[str, str], dict[str, dict[str, Kinds]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    owners: dict[str, Object] = field(default_factory=dict)
    pipelines: dict[str, Object] = field(default_factory=dict)
    defined: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _indexed: dict[tuple[str, str], list[tuple[float, Object | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def load(self, type_: str, item: Object) -> None:
        """An object that was there before anybody listened."""
        self.live[type_][item["id"]] = item
        self._indexed[type_, item["id"]] = [(0, item)]

    def put(self, type_: str, id_: str, is_touched: bool = True, **properties: str | None) -> None:
        """Make or change an object; one that is not touched keeps its time of modification."""
        known = self.live[type_].get(id_)
        made = known or _made(type_, id_, self.now)
        item = {**made, "properties": {**made["properties"], **properties}}
        if is_touched:
            item["updatedAt"] = item["properties"][modified_property(type_)] = iso(self.now)
        self.live[type_][id_] = item
        self._indexed[type_, id_].append((self.now, item))

    def archive(self, type_: str, id_: str) -> None:
        """Soft delete: the object moves to the list of archived ones."""
        item = self.live[type_].pop(id_)
        self.archived[type_][id_] = item | {"archived": True, "archivedAt": iso(self.now)}
        self._indexed[type_, id_].append((self.now, None))

    def restore(self, type_: str, id_: str, is_touched: bool = True) -> None:
        item = self.archived[type_].pop(id_)
        item = {name: value for name, value in item.items() if name != "archivedAt"}
        self.live[type_][id_] = item | {"archived": False}
        self.put(type_, id_, is_touched)

    def purge(self, type_: str, id_: str) -> None:
        """Hard delete: nothing tells of the object any more."""
        self.live[type_].pop(id_, None)
        self.archived[type_].pop(id_, None)
        self._indexed[type_, id_].append((self.now, None))

    def merge(self, type_: str, id_: str, into: str) -> None:
        """The object ends as another one, which remembers its id."""
        merged = self.live[type_][into]["properties"].get("hs_merged_object_ids")
        self.purge(type_, id_)
        self.merged[id_] = into
        self.put(type_, into, hs_merged_object_ids=";".join(filter(None, [merged, id_])))

    def link(self, of: str, id_: str, to: str, to_id: str) -> None:
        self.links[of, to][id_][to_id] = _KINDS[of, to]

    def unlink(self, of: str, id_: str, to: str, to_id: str) -> None:
        del self.links[of, to][id_][to_id]

    def indexed(self, type_: str) -> list[Object]:
        """What a search sees: every object as it was when the index was made."""
        seen = []
        for (indexed_type, _), versions in self._indexed.items():
            if indexed_type == type_:
                known = [item for at, item in versions if at <= self.now - self.index_lag_s]
                if known and known[-1] is not None:
                    seen.append(known[-1])
        return seen

    def properties_of(self, type_: str) -> list[str]:
        """Names of the properties that are defined."""
        items = [*self.live[type_].values(), *self.archived[type_].values()]
        names = {name for item in items for name in item["properties"]}
        return sorted(names | self.defined[type_] | set(_made(type_, "1", 0)["properties"]))


def _made(type_: str, id_: str, now: float) -> Object:
    """An object that was just made."""
    created = "hs_createdate" if type_ in ("calls", "feedback_submissions") else "createdate"
    properties = {
        "hs_object_id": id_,
        created: iso(now),
        modified_property(type_): iso(now),
        "hs_merged_object_ids": None,
    }
    return {
        "id": id_,
        "properties": properties,
        "createdAt": iso(now),
        "updatedAt": iso(now),
        "archived": False,
    }


def made(
    type_: str, id_: str, created_at: float, updated_at: float, **properties: str | None
) -> Object:
    """An object that was made and last modified at these times."""
    item = _made(type_, id_, created_at)
    item["updatedAt"] = iso(updated_at)
    item["properties"] |= {modified_property(type_): iso(updated_at), **properties}
    return item
