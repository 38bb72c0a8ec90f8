"""The canonical contract as data.

One YAML file per entity under models/canonical/ is both the dbt model's description and the
contract that the file source, the quarantine rules and the empty tables are made from. This module
only reads it; what the rules mean in SQL is in macros/contract/.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROJECT_DIR = Path(__file__).resolve().parent.parent
CANONICAL_DIR = PROJECT_DIR / "models" / "canonical"

# What every canonical row carries besides the columns of its entity: where it was delivered, the
# load that made it current (a later one, when the row had to wait in quarantine), and how many
# valid versions of its key were delivered so far.
LINEAGE_COLUMNS = {
    "source": "varchar",
    "load_id": "bigint",
    "row_no": "bigint",
    "changed_load_id": "bigint",
    "versions_n": "bigint",
}


@dataclass(frozen=True)
class Column:
    """One column of the contract: its SQL type and the rules of its values."""

    name: str
    data_type: str
    required: bool
    rules: dict[str, Any]

    @property
    def is_personal(self) -> bool:
        return "personal" in self.rules

    @property
    def canonical_name(self) -> str:
        """Its name from staging on; another one where a lineage column has taken it."""
        return str(self.rules.get("canonical_name", self.name))

    @property
    def reaches_canonical(self) -> bool:
        """Free text stays in staging."""
        return self.rules.get("personal") != "drop"


@dataclass(frozen=True)
class Entity:
    """One entity of the contract with its key, columns in header order, and vendor system.

    `has_history` says that every version is kept, in canonical.<entity>_version.
    """

    name: str
    system: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    has_history: bool = False

    @property
    def required_columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required)


def _entity(document: dict[str, Any]) -> Entity:
    columns = []
    for column in document["columns"]:
        rules = column.get("config", {}).get("meta", {})
        columns.append(
            Column(
                name=column["name"],
                data_type=column["data_type"],
                required=bool(rules.get("required", False)),
                rules=rules,
            )
        )
    contract = document["config"]["meta"]["contract"]
    return Entity(
        name=document["name"],
        system=contract["system"],
        key=tuple(contract["key"]),
        columns=tuple(columns),
        has_history=bool(contract.get("has_history", False)),
    )


@cache
def contract() -> dict[str, Entity]:
    """Every entity of the contract by name, alphabetically."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entities = {}
    for path in sorted(CANONICAL_DIR.glob("*.yml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)["models"][0]
        if "contract" in document.get("config", {}).get("meta", {}):
            entities[document["name"]] = _entity(document)
    return entities
