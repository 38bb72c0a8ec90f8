"""Who a customer was when: versions of its record (R15), staff, deletions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from simulator.log import Customer


class Customers:
    """Customers by id, each with its versions in order of time."""

    def __init__(self, rows: Iterable[Customer]) -> None:
        self._versions: dict[str, list[Customer]] = defaultdict(list)
        for row in rows:
            self._versions[row.customer_id].append(row)
        for versions in self._versions.values():
            versions.sort(key=lambda row: row.updated_at or 0)

    def __iter__(self) -> Iterator[Customer]:
        """The newest version of each."""
        return (versions[-1] for versions in self._versions.values())

    def at(self, customer_id: str | None, instant: int) -> Customer | None:
        """Who they were at an instant; the first version holds from the beginning of time."""
        versions = self._versions.get(customer_id or "")
        if not versions:
            return None
        known = [row for row in versions[1:] if (row.updated_at or 0) <= instant]
        return known[-1] if known else versions[0]

    def is_internal(self, customer_id: str | None) -> bool:
        """Staff and tests, by the newest version for the whole history (R13)."""
        versions = self._versions.get(customer_id or "")
        return bool(versions and versions[-1].is_internal)

    def deleted_at(self, customer_id: str) -> int | None:
        """When the record was deleted: the end of everything the customer has."""
        versions = self._versions.get(customer_id)
        return versions[-1].updated_at if versions and versions[-1].is_deleted else None
