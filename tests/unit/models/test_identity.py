"""Who is one customer: random worlds of shared values against a union-find in plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pytest

from pipelines.settings import Home
from tests.support.dbt import WarehouseUnderTest, open_copy

SOURCES = ("hubspot", "files", "stripe", "zendesk")
LEVELS = (("business_id",), ("business_id", "email"), ("business_id", "email", "phone"))
_WORLDS = 300


class Key(NamedTuple):
    source: str
    customer_id: str
    rule: str
    value: str


def random_world(number: int) -> list[Key]:
    """Some customers of some sources that share few enough values to meet often."""
    chance = random.Random(number)
    values_n = chance.choice((2, 3, 6, 10))
    found = set()
    for source in SOURCES:
        for n in range(chance.choice((0, 1, 1, 2, 3))):
            # Now and then a file delivers a customer under the id that the biller gave it.
            own = "stripe" if source == "files" and chance.random() < 0.2 else source
            for rule, most in (("business_id", 1), ("email", 2), ("phone", 1)):
                for _ in range(chance.randint(0, most)):
                    value = f"w{number}-{rule}-{chance.randrange(values_n)}"
                    found.add(Key(source, f"w{number}-{own}-{n}", rule, value))
    # A record says one business id.
    said: dict[tuple[str, str], Key] = {}
    return [
        key
        for key in sorted(found)
        if key.rule != "business_id" or said.setdefault((key.source, key.customer_id), key) is key
    ]


def parties(keys: Sequence[Key]) -> dict[str, str]:
    """Customer → party, of those that are not alone, by the rules of docs/decisions/identity.md."""
    business: dict[str, set[str]] = defaultdict(set)
    source_of: dict[str, set[str]] = defaultdict(set)
    by_value: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for key in keys:
        source_of[key.customer_id].add(key.source)
        by_value[key.rule, key.value].add((key.source, key.customer_id))
        if key.rule == "business_id":
            business[key.customer_id].add(key.value)

    def is_one_party(customers: Iterable[str]) -> bool:
        seen = [source for customer in customers for source in source_of[customer]]
        numbers = set().union(*(business[customer] for customer in customers))
        return len(seen) == len(set(seen)) and len(numbers) <= 1

    found: dict[str, str] = {}
    for rules in LEVELS:
        leader = {customer: customer for customer in source_of}

        def find(customer: str, leader: dict[str, str] = leader) -> str:
            while leader[customer] != customer:
                customer = leader[customer]
            return customer

        for (rule, _), holders in by_value.items():
            named = {customer for _, customer in holders}
            if rule in rules and len(named) > 1 and is_one_party(named):
                first, *others = sorted(named)
                for other in others:
                    leader[find(other)] = find(first)
        groups: dict[str, set[str]] = defaultdict(set)
        for customer in leader:
            groups[find(customer)].add(customer)
        for group in groups.values():
            if len(group) > 1 and is_one_party(group):
                main = min(group, key=lambda c: min(map(SOURCES.index, source_of[c])))
                found |= dict.fromkeys(group, main)
    return found


@pytest.fixture(scope="module")
def linked(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home
) -> Iterator[WarehouseUnderTest]:
    with open_copy(warehouse_template, Home(tmp_path_factory.mktemp("identity"))) as warehouse:
        yield warehouse


def link(warehouse: WarehouseUnderTest, keys: Sequence[Key]) -> dict[str, str]:
    """What the models make of the keys, in the order in which they are given."""
    warehouse.connection.execute(
        "create or replace table staging.customer_key (source varchar, customer_id varchar, "
        "rule varchar, value varchar, known_at timestamptz)"
    )
    warehouse.connection.execute(
        "insert into staging.customer_key "
        "select unnest($1), unnest($2), unnest($3), unnest($4), now()",
        [list(column) for column in zip(*keys, strict=True)],
    )
    warehouse.run_dbt(
        ["customer_key_value", "customer_group", "customer_group_believed", "customer_identity"]
    )
    rows = warehouse.query(
        "select source_customer_id, customer_id from staging.customer_identity order by all"
    )
    assert len(rows) == len(dict(rows)), "a customer stands there twice"
    return dict(rows)


def test_random_worlds_are_linked_as_a_union_find_links_them(linked: WarehouseUnderTest) -> None:
    worlds = [random_world(number) for number in range(_WORLDS)]
    expected: dict[str, str] = {}
    for world in worlds:
        expected |= parties(world)
    everything = [key for world in worlds for key in world]
    assert link(linked, everything) == expected
    # Enough of everything: parties, of three and more, and groups that are not believed whole.
    sizes = [list(expected.values()).count(party) for party in set(expected.values())]
    assert len(sizes) > 100
    assert len([size for size in sizes if size > 2]) > 10
    levels = linked.query(
        "select level, count(*) from staging.customer_group as g where not exists (select 1 from "
        "staging.customer_group_believed as b where b.level = g.level and b.group_id = g.group_id)"
        " group by level order by level"
    )
    assert [level for level, n in levels if n > 10] == [2, 3]

    random.Random(7).shuffle(everything)
    assert link(linked, everything) == expected


def test_what_is_ambiguous_links_nobody(linked: WarehouseUnderTest) -> None:
    assert link(linked, [
        # One address, two business ids.
        Key("hubspot", "h1", "email", "a"), Key("hubspot", "h1", "business_id", "1"),
        Key("stripe", "s1", "email", "a"), Key("stripe", "s1", "business_id", "2"),
        # An accountant's address on two customers of one source.
        Key("stripe", "s2", "email", "b"), Key("stripe", "s3", "email", "b"),
        Key("hubspot", "h2", "email", "b"),
        # The address of one and the number of another of the CRM's: the address counts.
        Key("hubspot", "h4", "email", "c"), Key("stripe", "s4", "email", "c"),
        Key("stripe", "s4", "phone", "d"), Key("hubspot", "h5", "phone", "d"),
    ]) == {"h4": "h4", "s4": "h4"}  # fmt: skip
    assert linked.query(
        "select rule, value from staging.customer_key_value where is_ambiguous order by all"
    ) == [("email", "a"), ("email", "b")]
