"""The same company by files and by HubSpot's API: equal canonical tables, entity by entity.

What happens in a portal later is read bit by bit and at once, with the same result.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Home
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.hubspot.objects import fill, fill_calls, fill_surveys
from simulator.hubspot.portal import Portal, iso, made
from simulator.log import Log
from simulator.loopback import serving
from tests.support.build import rows
from tests.support.canonical import Company, company, differing, land_files
from tests.support.clock import FakeClock
from tests.support.hubspot_portal import Reads, unhurried

_CUSTOMERS, _SEED = 24, 24
# Properties that hold the log's own keys, by type of object.
_NUMBERS = {
    "companies": "customer_number",
    "contacts": "person_number",
    "deals": "deal_number",
    "line_items": "hs_position_on_quote",
    "calls": "call_number",
    "feedback_submissions": "response_number",
}

# What an entity says by both ways; `_` stands for the log's key of an id. Left out is what has no
# place in HubSpot: times of change where nobody deleted, prices of the past and of four weeks,
# tiers, hold, questions that nobody answered.
SAYINGS = {
    "customers": """
        select
            _(customer_id), name, customer_type, segment, region, branch, country,
            acquisition_source, _(referred_by_customer_id), referral_program, business_id,
            coalesce(is_internal, false), created_at, coalesce(is_deleted, false),
            case when is_deleted then updated_at end
        from _
    """,
    "people": """
        select
            _(person_id), _(customer_id), email, phone, language, can_be_surveyed,
            coalesce(is_deleted, false)
        from _
    """,
    "deals": """
        select
            _(deal_id), _(customer_id), _(owner_id), team, stage, is_won, amount, currency,
            created_at, closed_at, updated_at
        from _
    """,
    "deal_lines": """
        select
            _(deal_id), _(line_no::varchar), price_id, quantity, list_unit_price, unit_price,
            coalesce(discount_amount, 0), currency, billing_interval, term_months
        from _
    """,
    "prices": """
        select price_id, plan, service, currency, interval_unit,
            case when interval_unit <> 'one_time' then interval_count end, list_unit_price
        from _
        where coalesce(tier_from_quantity, 1) = 1 and price_id <> 'striimi-4week'
        qualify valid_from is not distinct from max(valid_from) over (
            partition by price_id, currency
        )
    """,
    "services": "select service from _ where service in (select service from canonical.prices)",
    "contacts": """
        select
            _(contact_id), channel, direction, queue, topic, team, _(agent_id), _(customer_id),
            _(person_id), started_at, outcome, block_cause,
            coalesce(talk_seconds, 0) + coalesce(hold_seconds, 0)
        from _ where channel = 'phone'
    """,
    "survey_questions": """
        select regexp_replace(question_id, '^hubspot-', ''), version, instrument, scale_min,
            scale_max, polarity
        from _
        where (question_id, version) in (
            select (question_id, question_version)
            from canonical.survey_responses where ticket_id is null
        )
    """,
    "survey_responses": """
        select
            _(response_id), regexp_replace(question_id, '^hubspot-', ''), question_version,
            _(person_id), _(customer_id), service, unit, market, touchpoint, measurement_level,
            channel, score, submitted_at, wave
        from _ where ticket_id is null
    """,
}
_ENTITIES = (
    "customers", "people", "deals", "deal_lines", "prices", "services", "contacts",
    "survey_questions", "survey_responses",
)  # fmt: skip


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(_CUSTOMERS, _SEED)


def filled(log: Log) -> Portal:
    return fill_surveys(fill_calls(fill(Portal(now=AS_OF), log), log), log)


def says(of: Company, portal: Portal | None, log: Log) -> dict[str, list[tuple[Any, ...]]]:
    connection = of.warehouse.connection
    connection.execute("create or replace temp table known (theirs varchar, ours varchar)")
    if portal is not None:
        pairs = [
            (id_ if type_ == "line_items" else f"hubspot-{id_}", item["properties"][number])
            for type_, number in _NUMBERS.items()
            for shelf in (portal.live, portal.archived)
            for id_, item in shelf[type_].items()
        ]
        pairs += [
            (f"hubspot-{id_}", owner["firstName"].lower()) for id_, owner in portal.owners.items()
        ]
        connection.executemany("insert into known values (?, ?)", pairs)
    connection.execute(
        "create or replace temp macro _(id) as "
        "coalesce((select known.ours from known where known.theirs = id), id)"
    )
    return {
        entity: of.warehouse.query(
            f"{query.replace('from _', f'from canonical.{entity}')} order by all"
        )
        for entity, query in SAYINGS.items()
    }


def test_files_and_api_give_the_same_company(
    tmp_path: Path, warehouse_template: Home, log: Log
) -> None:
    with company(tmp_path / "files", warehouse_template) as by_files:
        land_files(by_files.warehouse, tmp_path / "inbox", log, "fx_rates", *_ENTITIES)
        by_files.build()
        expected = says(by_files, None, log)
    assert {entity: len(rows) for entity, rows in expected.items() if len(rows) < 8} == {
        "services": 3,
        "survey_questions": 6,
    }

    portal = filled(log)
    with company(tmp_path / "api", warehouse_template) as by_api:
        land_files(by_api.warehouse, tmp_path / "rates", log, "fx_rates")
        with serving(unhurried(portal)) as served:
            Reads(by_api.warehouse.home.warehouse).run(served.address)
        by_api.build()
        assert by_api.warehouse.query("select count(*) from quarantine.deal_lines") == [(0,)]
        found = says(by_api, portal, log)
    assert differing(expected, found) == {}


_DAY = 86_400


def at(day: int) -> datetime:
    return datetime.fromtimestamp(AS_OF + (day - 30) * _DAY, UTC)


def small_world() -> Portal:
    """Three companies, three contacts, three deals: one of each kind that matters."""
    portal = Portal(now=AS_OF - 20 * _DAY)
    begun = AS_OF - 60 * _DAY

    def load(type_: str, id_: str, **properties: str | None) -> None:
        portal.load(type_, made(type_, id_, begun, begun, **properties))

    load("companies", "1", name="Eka", segment="small")
    load("companies", "2", name="Toka")
    load("companies", "3", name="Kolmas")
    load("contacts", "11", lastname="Anna", email="anna@eka.example")
    load("contacts", "12", firstname="Otto", lastname="Oma", lifecyclestage="customer")
    load("contacts", "13", firstname="Liisa", lastname="Lisä", lifecyclestage="lead")
    portal.link("contacts", "11", "companies", "1")
    portal.owners["51"] = {
        "id": "51", "email": "m@example.fi", "type": "PERSON", "firstName": "Maija",
        "lastName": "", "userId": 58, "createdAt": iso(begun), "updatedAt": iso(begun),
        "archived": False, "teams": [{"id": "7", "name": "Myynti", "primary": True}],
    }  # fmt: skip
    portal.pipelines["p"] = {
        "id": "p", "label": "P", "displayOrder": 0, "createdAt": iso(begun),
        "updatedAt": iso(begun), "archived": False,
        "stages": [
            {"id": id_, "label": label, "metadata": {"isClosed": closed, "probability": share}}
            for id_, label, closed, share in (
                ("1", "Tarjottu", "false", "0.5"),
                ("2", "Voitettu", "true", "1.0"),
                ("3", "Hävitty", "true", "0.0"),
            )
        ],
    }  # fmt: skip
    load("deals", "21", pipeline="p", dealstage="1", amount="120", closedate=iso(AS_OF))
    load("deals", "22", pipeline="p", dealstage="2", amount="7", hubspot_owner_id="51",
         closedate=when(5))  # fmt: skip
    load("deals", "23", pipeline="p", dealstage="3", closedate=when(6))
    portal.link("deals", "21", "companies", "1")
    portal.link("deals", "22", "contacts", "12")
    portal.link("deals", "23", "companies", "3")
    load("line_items", "31", name="Työ", quantity="2", price="50", hs_discount_percentage="10")
    load("line_items", "32", name="Matka", quantity="1", price="20", hs_total_discount="0")
    portal.link("deals", "21", "line_items", "31")
    portal.link("deals", "21", "line_items", "32")
    for id_ in ("41", "42"):
        load("feedback_submissions", id_, hs_survey_id="9", hs_survey_type="NPS", hs_value="9")
        portal.link("feedback_submissions", id_, "contacts", "11")
    return portal


def when(day: int) -> str:
    return iso(at(day).timestamp())


def later(portal: Portal) -> None:
    """Ten days on, everything moves."""
    portal.now = at(20).timestamp()
    portal.put("companies", "1", name="Eka Oy", segment="large")
    portal.archive("companies", "2")
    portal.merge("companies", "3", into="1")
    # Links come without any object being touched.
    portal.unlink("contacts", "11", "companies", "1")
    portal.link("contacts", "11", "companies", "4")
    portal.link("contacts", "12", "companies", "1")
    portal.put("contacts", "13", lifecyclestage="customer")
    portal.put("deals", "21", dealstage="2", closedate=iso(portal.now))
    portal.archive("deals", "23")
    portal.put("line_items", "31", quantity="3")
    portal.unlink("deals", "21", "line_items", "32")


def told(of: Company) -> dict[str, list[tuple[Any, ...]]]:
    return {
        entity: of.warehouse.query(f"select {columns} from canonical.{entity} order by all")
        for entity, columns in {
            "customers": "customer_id, name, customer_type, segment, is_deleted",
            "people": "person_id, customer_id, is_deleted",
            "deals": "deal_id, customer_id, stage, is_won, closed_at, team",
            "deal_lines": "deal_id, line_no, quantity, unit_price, discount_amount",
            "survey_responses": "response_id, customer_id",
        }.items()
    }


def versions(of: Company) -> list[tuple[Any, ...]]:
    return of.warehouse.query(
        "select customer_id, segment, is_deleted, valid_from from canonical.customers_version "
        "where customer_id = 'hubspot-1' order by valid_from nulls first"
    )


def positions(of: Company) -> dict[str, list[tuple[Any, ...]]]:
    """Everything but how many versions an unfolding gave, which says how it was built."""
    return {
        entity: rows(of.warehouse, f"canonical.{entity}", {"changed_load_id", "versions_n"})
        for entity in (*_ENTITIES, "customers_version", "agents_version")
    }


def test_what_changes_later_is_the_same_bit_by_bit_and_at_once(
    tmp_path: Path, warehouse_template: Home
) -> None:
    portal = small_world()
    with company(tmp_path / "home", warehouse_template) as seen:
        clock = FakeClock()
        reads = Reads(seen.warehouse.home.warehouse, clock)
        with serving(unhurried(portal)) as served:
            reads.run(served.address)
            seen.build()
            assert told(seen) == {
                "customers": [
                    ("hubspot-1", "Eka", "b2b", "small", False),
                    ("hubspot-2", "Toka", "b2b", None, False),
                    ("hubspot-3", "Kolmas", "b2b", None, False),
                    ("hubspot-contact-12", "Otto Oma", "b2c", None, False),
                ],
                "people": [
                    ("hubspot-11", "hubspot-1", False),
                    ("hubspot-12", "hubspot-contact-12", False),
                    ("hubspot-13", None, False),
                ],
                "deals": [
                    ("hubspot-21", "hubspot-1", "Tarjottu", None, None, None),
                    ("hubspot-22", "hubspot-contact-12", "Voitettu", True, at(5), "Myynti"),
                    ("hubspot-23", "hubspot-3", "Hävitty", False, at(6), None),
                ],
                "deal_lines": [
                    ("hubspot-21", 31, 2, 50, 10), ("hubspot-21", 32, 1, 20, 0),
                ],
                "survey_responses": [("hubspot-41", "hubspot-1"), ("hubspot-42", "hubspot-1")],
            }  # fmt: skip

            later(portal)
            reads.run(served.address)
            clock.passed += 86_400
            reads.run(served.address)
        assert not seen.build().rebuild_canonical
        bit_by_bit = told(seen)
        all_of_it = positions(seen)
        assert bit_by_bit == {
            "customers": [
                ("hubspot-1", "Eka Oy", "b2b", "large", False),
                ("hubspot-2", "Toka", "b2b", None, True),
                ("hubspot-3", "Kolmas", "b2b", None, True),
                ("hubspot-contact-12", "Otto Oma", "b2c", None, True),
                ("hubspot-contact-13", "Liisa Lisä", "b2c", None, False),
            ],
            "people": [
                ("hubspot-11", "hubspot-4", False),
                ("hubspot-12", "hubspot-1", False),
                ("hubspot-13", "hubspot-contact-13", False),
            ],
            "deals": [
                ("hubspot-21", "hubspot-1", "Voitettu", True, at(20), None),
                ("hubspot-22", "hubspot-1", "Voitettu", True, at(5), "Myynti"),
                ("hubspot-23", "hubspot-3", "deleted", False, at(6), None),
            ],
            "deal_lines": [
                ("hubspot-21", 31, 3, 50, 15), ("hubspot-21", 32, 0, None, None),
            ],
            # Answers are of whom the contact answers for now.
            "survey_responses": [("hubspot-41", "hubspot-4"), ("hubspot-42", "hubspot-4")],
        }  # fmt: skip
        assert versions(seen) == [
            ("hubspot-1", "small", False, None),
            ("hubspot-1", "large", False, at(20)),
        ]
        seen.build(is_full=True)
        assert told(seen) == bit_by_bit
        # Down to the position that each row came from.
        assert positions(seen) == all_of_it
