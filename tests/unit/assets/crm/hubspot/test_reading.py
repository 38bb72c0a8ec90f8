"""A warehouse holds what the portal holds, whatever happened since and in between."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from assets.api.clock import SystemClock
from assets.api.oauth import RefreshToken
from assets.api.source import SourceError
from assets.crm.hubspot.streams import LINKS, OBJECTS, STREAMS
from simulator.company import AS_OF
from simulator.hubspot.portal import CALCULATED, Portal, made, modified_property
from simulator.hubspot.server import Server
from simulator.loopback import Query, Served, serving
from tests.support.clock import FakeClock
from tests.support.hubspot_portal import (
    Reads,
    chosen,
    companies,
    properties,
    small_portal,
    unhurried,
)

_DAY = 86_400
COMPANIES = chosen("companies")
DEALS = chosen("companies", "deals", "associations_deals_companies")


@pytest.fixture
def portal() -> Portal:
    return companies(250)


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb", streams=COMPANIES)


def written(portal: Portal, type_: str) -> dict[str, dict[str, Any]]:
    """What people and apps wrote of the objects of a type."""
    kept = {name for stream in OBJECTS if stream.name == type_ for name in stream.calculated}
    return {
        id_: {
            name: value
            for name, value in item.items()
            if value is not None and (name in kept or name not in CALCULATED)
        }
        for id_, item in properties(portal.live[type_]).items()
    }


def linked(portal: Portal, of: str, to: str) -> dict[str, set[str]]:
    return {id_: set(portal.links[of, to][id_]) for id_ in portal.live[of]}


def links_here(reads: Reads, of: str, to: str) -> dict[str, set[str]]:
    return {
        id_: {str(link["toObjectId"]) for link in payload["to"]}
        for id_, payload in reads.live(f"associations_{of}_{to}").items()
    }


def assert_whole(reads: Reads, portal: Portal, *types: str) -> None:
    for type_ in types:
        assert properties(reads.live(type_)) == written(portal, type_), type_
        assert reads.live(type_), type_


def test_every_stream_is_whole(tmp_path: Path) -> None:
    portal = small_portal()
    reads = Reads(tmp_path / "warehouse.duckdb")
    with serving(unhurried(portal, links_per_page=1)) as served:
        reads.run(served.address)
    assert_whole(reads, portal, *(stream.name for stream in OBJECTS))
    for links in LINKS:
        there = linked(portal, links.of, links.to)
        assert links_here(reads, links.of, links.to) == there
        assert any(there.values()) or links.name == "associations_calls_deals"
    assert reads.live("owners") == portal.owners
    assert reads.live("deal_pipelines") == portal.pipelines
    # A customer that the company has deleted is here as such, with what was said of it.
    [gone] = portal.archived["companies"]
    payload, is_deleted = reads.objects("companies")[gone]
    assert is_deleted
    assert payload["archivedAt"] == portal.archived["companies"][gone]["archivedAt"]
    assert payload["properties"]["customer_number"] == "c00011"
    # The stages that a deal went through came along.
    stages = [deal["propertiesWithHistory"]["dealstage"] for deal in reads.live("deals").values()]
    assert {tuple(stage["value"] for stage in steps) for steps in stages} == {
        ("closedwon", "contractsent"),
        ("closedlost", "contractsent"),
    }


def test_nothing_new_is_a_handful_of_requests_and_no_row(portal: Portal, tmp_path: Path) -> None:
    reads = Reads(tmp_path / "warehouse.duckdb")
    portal = small_portal()
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        rows = [reads.query(f"select count(*) from raw_hubspot.{s.name}") for s in STREAMS]
        asked = len(served.requests)
        readings = reads.run(served.address)
        by_path: dict[str, int] = {}
        for query in served.requests[asked:]:
            stream = query.path.split("/")[4 if query.path.startswith("/crm/v3/obj") else 3]
            by_path[stream] = by_path.get(stream, 0) + 1
    assert max(by_path.values()) <= 7
    assert len(served.requests) - asked == 4 * len(OBJECTS) + 2 + 1
    assert [reading.landed_n for reading in readings] == [0] * len(readings)
    assert rows == [reads.query(f"select count(*) from raw_hubspot.{s.name}") for s in STREAMS]


def test_what_is_new_changed_archived_restored_and_merged(portal: Portal, reads: Reads) -> None:
    with serving(unhurried(portal)) as served:
        portal.archive("companies", "1003")
        reads.run(served.address)
        portal.now += 3_600
        portal.put("companies", "1007", name="changed")
        portal.put("companies", "9999", name="new")
        portal.archive("companies", "1009")
        portal.restore("companies", "1003")
        portal.merge("companies", "1011", into="1012")
        readings = reads.run(served.address)
        assert_whole(reads, portal, "companies")
        here = reads.objects("companies")
        assert here["1009"][1]
        assert here["1009"][0]["properties"]["name"] == "n9"
        assert here["1011"] == (None, True)
        assert not here["1003"][1]
        assert [(r.kind, r.landed_n, r.deleted_n) for r in readings] == [("changes", 6, 1)]
        again = reads.run(served.address)
    assert [reading.landed_n for reading in again] == [0]


def test_increments_equal_one_full_load(tmp_path: Path) -> None:
    portal = small_portal()
    often, once = Reads(tmp_path / "often.duckdb"), Reads(tmp_path / "once.duckdb")
    with serving(unhurried(portal)) as served:
        for step in range(4):
            often.run(served.address)
            portal.now += 3_600
            for type_ in ("companies", "contacts", "deals", "line_items"):
                ids = sorted(portal.live[type_])
                for id_ in ids[step::15]:
                    portal.put(type_, id_, note=str(step))
                portal.archive(type_, ids[step])
            deal, company = max(portal.live["deals"]), min(portal.live["companies"])
            portal.link("deals", deal, "companies", company)
            portal.put("deals", deal, dealname=f"moved {step}")
        often.run(served.address)
        once.run(served.address)
    for type_ in (stream.name for stream in OBJECTS):
        assert_whole(often, portal, type_)
        assert_whole(once, portal, type_)
    for links in LINKS:
        here, there = often.live(links.name), once.live(links.name)
        # What a deleted object belonged to is known to who has seen it.
        assert {id_: here[id_] for id_ in there} == there, links.name


@pytest.mark.parametrize("lag_s", [0, 600])
def test_a_change_that_the_search_shows_late_is_read(
    portal: Portal, reads: Reads, lag_s: int
) -> None:
    portal.index_lag_s = lag_s
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        portal.put("companies", "1001", name="late")
        portal.now += 590
        portal.put("companies", "1002", name="early")
        portal.now += 15
        reads.run(served.address)
        portal.now += 600
        reads.run(served.address)
    assert_whole(reads, portal, "companies")


@pytest.mark.parametrize("depth", [1_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_more_results_of_one_instant_than_a_search_shows(reads: Reads, depth: int) -> None:
    portal = companies(depth + 600)
    with serving(unhurried(portal, search_depth=depth)) as served:
        reads.run(served.address)
        portal.now += 3_600
        for id_ in list(portal.live["companies"]):
            portal.put("companies", id_, name="all at once")
        [reading] = reads.run(served.address, records_per_chunk=300)
        searches = [query for query in served.requests if query.path.endswith("/search")]
    # And a page of archived ones.
    assert (reading.landed_n, reading.pages_n) == (depth + 600, depth // 200 + 3 + 1)
    assert all(len(query.body) < 3_000 for query in searches)
    assert {item["name"] for item in properties(reads.live("companies")).values()} == {
        "all at once"
    }


def test_an_object_that_changes_after_its_id_was_passed_is_read_next_time(
    portal: Portal, reads: Reads
) -> None:
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
    portal.now += 3_600
    for id_ in list(portal.live["companies"]):
        portal.put("companies", id_, name="once")

    def meddle(query: Query) -> None:
        if b"hs_object_id" in query.body and b'"GT"' in query.body:
            portal.now += 600
            portal.put("companies", "1001", name="twice")
            portal.now += 3_600
            portal.put("companies", "1249", name="later")

    with serving(unhurried(portal, on_request=meddle)) as served:
        reads.run(served.address)
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
    assert_whole(reads, portal, "companies")
    assert properties(reads.live("companies"), "name")["1001"] == {"name": "twice"}


@pytest.mark.parametrize("page", [1, 2])
def test_rows_that_come_go_and_change_between_pages(
    portal: Portal, reads: Reads, page: int
) -> None:
    lists: list[Query] = []

    def meddle(query: Query) -> None:
        if query.path.endswith("/companies") and query.one("archived") == "false":
            lists.append(query)
            if len(lists) == page + 2:
                portal.now += 10
                portal.put("companies", "5000", name="new")
                portal.put("companies", "1001", name="changed")
                portal.put("companies", "1248", name="changed")
                portal.archive("companies", "1002")
                portal.archive("companies", "1240")
                portal.purge("companies", "1003")

    # The first two are about properties; the purged one is found by the next sweep.
    with serving(unhurried(portal, on_request=meddle)) as served:
        reads.run(served.address)
        reads.clock.sleep(8 * _DAY)
        reads.run(served.address)
    assert_whole(reads, portal, "companies")
    assert len(portal.live["companies"]) == 248


def test_a_listed_object_that_is_gone_before_it_is_read(portal: Portal, reads: Reads) -> None:
    def meddle(query: Query) -> None:
        if query.path.endswith("/batch/read") and b'"1005"' in query.body:
            portal.purge("companies", "1005")
            if "1006" in portal.live["companies"]:
                portal.archive("companies", "1006")

    with serving(unhurried(portal, on_request=meddle)) as served:
        reads.run(served.address)
    assert_whole(reads, portal, "companies")
    assert reads.objects("companies")["1006"][1]


def test_a_sweep_finds_what_nobody_told(portal: Portal, reads: Reads) -> None:
    portal.archive("companies", "1020")
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        portal.now += 60
        # HubSpot's own sums change, and restoring may, without the object being modified.
        portal.put("companies", "1010", is_touched=False, name="below the watermark")
        portal.purge("companies", "1011")
        portal.restore("companies", "1020", is_touched=False)
        reads.run(served.address)
        assert "1011" in reads.live("companies")
        reads.clock.sleep(8 * _DAY)
        changes, listing = reads.run(served.address)
    assert changes.kind == "changes"
    assert (listing.kind, listing.source_n, listing.here_n, listing.deleted_n) == (
        "listing", 249, 249, 1,
    )  # fmt: skip
    assert_whole(reads, portal, "companies")


def test_another_portal_deletes_nothing(portal: Portal, reads: Reads) -> None:
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
    other = Portal(now=AS_OF, number=2)
    other.load("companies", made("companies", "77", 0, 0))
    reads.clock.sleep(8 * _DAY)
    with serving(unhurried(other)) as served, pytest.raises(SourceError, match="same account"):
        reads.run(served.address)
    assert len(reads.live("companies")) == 251
    reads.options["account"] = portal.number
    with serving(unhurried(other)) as served, pytest.raises(SourceError, match="account 2, source"):
        reads.run(served.address)


def test_a_link_that_comes_or_goes_is_seen_within_a_day(tmp_path: Path) -> None:
    portal = small_portal()
    reads = Reads(tmp_path / "warehouse.duckdb", streams=DEALS)
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        one, *_, other = sorted(portal.live["deals"])
        [first] = portal.links["deals", "companies"][one]
        # No object is modified by this.
        portal.unlink("deals", one, "companies", first)
        portal.link("deals", other, "companies", first)
        reads.run(served.address)
        assert links_here(reads, "deals", "companies")[one] == {first}
        reads.clock.sleep(_DAY)
        reads.run(served.address)
        there = linked(portal, "deals", "companies")
        assert links_here(reads, "deals", "companies") == there
        assert there[one] == set()
        assert len(there[other]) == 2
        again = reads.run(served.address)
    assert [reading.landed_n for reading in again] == [0, 0, 0]


def test_links_of_an_object_over_many_pages(tmp_path: Path) -> None:
    portal = companies(1_100)
    portal.load("deals", made("deals", "5", 0, AS_OF - _DAY))
    for id_ in portal.live["companies"]:
        portal.link("deals", "5", "companies", id_)
    reads = Reads(tmp_path / "warehouse.duckdb", streams=DEALS)
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
    assert links_here(reads, "deals", "companies") == linked(portal, "deals", "companies")
    [(payload, _)] = reads.objects("associations_deals_companies").values()
    assert payload["to"][0]["associationTypes"][0] == {
        "category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary",
    }  # fmt: skip


def test_an_owner_or_a_pipeline_that_leaves(tmp_path: Path) -> None:
    portal = small_portal()
    reads = Reads(tmp_path / "warehouse.duckdb", streams=chosen("owners", "deal_pipelines"))
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        first, second, *_ = sorted(portal.owners)
        portal.owners[first] = portal.owners[first] | {"archived": True}
        del portal.owners[second]
        portal.pipelines["new"] = portal.pipelines.pop("default") | {"id": "new"}
        reads.run(served.address)
    assert reads.objects("owners")[first] == (portal.owners[first], True)
    assert reads.objects("owners")[second] == (None, True)
    assert set(reads.live("deal_pipelines")) == {"new"}
    assert reads.objects("deal_pipelines")["default"] == (None, True)


def test_properties_that_come_and_go_are_drift(portal: Portal, reads: Reads) -> None:
    portal.defined["companies"] = {"industry", "days_to_close"}
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        assert reads.query("select * from meta.drift") == []
        portal.defined["companies"] = {"branch_code"}
        portal.put("companies", "1001", branch_code="62.01")
        portal.now += 60
        reads.run(served.address)
        reads.run(served.address)
    assert properties(reads.live("companies"))["1001"]["branch_code"] == "62.01"
    found = reads.query("select entity, file, column_name, change from meta.drift order by 3")
    assert found == [
        ("companies", "companies.properties", "branch_code", "new"),
        ("companies", "companies.properties", "industry", "gone"),
    ]


def test_values_stay_as_they_were_said(portal: Portal, reads: Reads) -> None:
    said = {"a": "", "b": None, "c": "0012", "d": "1e3", "e": "1783000000000", "f": "5000 ¥"}
    portal.put("companies", "1001", **said)
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
    assert reads.live("companies")["1001"]["properties"].items() >= said.items()


def test_hundreds_of_properties_make_no_address_too_long(portal: Portal, reads: Reads) -> None:
    names = {f"property_of_the_company_number_{n}" for n in range(600)}
    portal.defined["companies"] = names
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
    assert names < set(reads.live("companies")["1001"]["properties"])


def test_the_start_date_leaves_out_old_answers_and_no_company(tmp_path: Path) -> None:
    portal = small_portal()
    names = ("companies", "feedback_submissions")
    reads = Reads(tmp_path / "warehouse.duckdb", streams=chosen(*names))
    reads.options["start"] = reads.clock.now().date().replace(month=1, day=1)
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        portal.now += 60
        for id_ in list(portal.live["feedback_submissions"]):
            portal.put("feedback_submissions", id_, hs_content="read")
        reads.run(served.address)
    created = [item["createdAt"] for item in reads.live("feedback_submissions").values()]
    all_created = [item["createdAt"] for item in portal.live["feedback_submissions"].values()]
    assert sorted(created) == sorted(at for at in all_created if at >= "2026")
    assert 0 < len(created) < len(all_created)
    assert len(reads.live("companies")) == len(portal.live["companies"])


def test_a_token_that_expires_mid_way_is_exchanged(portal: Portal, tmp_path: Path) -> None:
    reads = Reads(tmp_path / "warehouse.duckdb", streams=COMPANIES)

    def expire(query: Query) -> None:
        if b'"1150"' in query.body and portal.token == "oauth-loopback-1":
            portal.token = "expired"

    with serving(unhurried(portal, on_request=expire)) as served:
        address = served.address + "/oauth/v3/token"
        reads.options["credentials"] = RefreshToken(
            address, "client", "secret", portal.refresh_token, reads.clock
        )
        reads.run(served.address)
        exchanged = [query for query in served.requests if query.path.startswith("/oauth")]
        listed = [query for query in served.requests if query.one("archived") == "false"]
    assert len(exchanged) == 2
    assert_whole(reads, portal, "companies")
    # Only the batch was asked once more, no page from the start.
    assert len([query for query in listed if query.path.endswith("/objects/companies")]) == 3
    told = str(reads.query("select * from meta.request"))
    assert not any(secret in told for secret in ("secret", portal.refresh_token, portal.token))


def test_the_server_never_counts_more_than_the_limits(tmp_path: Path) -> None:
    portal = companies(700)
    file = tmp_path / "warehouse.duckdb"
    with serving(unhurried(portal)) as served:
        an_hour_ago = FakeClock(SystemClock().now() - timedelta(hours=1))
        Reads(file, an_hour_ago, streams=COMPANIES).run(served.address)
    reads = Reads(file, SystemClock(), streams=COMPANIES)
    portal.now += 3_600
    for id_ in list(portal.live["companies"]):
        portal.put("companies", id_, name="again")
    reads.options |= {"requests_per_10_seconds": 12, "searches_per_second": 2}
    server = Server(portal, per_10_seconds=12, searches_per_second=2)
    with serving(server) as served:
        reads.run(served.address)
    searched = Served(
        arrived_at=[
            at
            for at, query in zip(served.arrived_at, served.requests, strict=True)
            if query.path.endswith("/search")
        ]
    )
    assert (len(served.requests), len(searched.arrived_at)) == (14, 5)
    assert (served.most_in(10.0), searched.most_in(1.0)) == (12, 2)
    assert server.refused_n == 0


def test_a_run_waits_for_what_the_run_before_has_asked(portal: Portal, reads: Reads) -> None:
    reads.options |= {"requests_per_10_seconds": 12}
    clock = reads.clock
    assert isinstance(clock, FakeClock)
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        assert (len(served.requests), clock.slept) == (12, [])
        reads.run(served.address)
    assert (len(served.requests), sum(clock.slept)) == (17, 10.0)


def test_the_account_of_readings_and_requests_adds_up(portal: Portal, reads: Reads) -> None:
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        asked = len(served.requests)
    assert reads.query("select count(*) from meta.request") == [(asked,)]
    assert reads.query(
        "select kind, pages_n, records_n, landed_n, source_n, here_n, outcome "
        "from meta.stream_read where kind = 'listing'"
    ) == [("listing", 3, 250, 250, 250, 250, "complete")]
    assert "pat-eu1-loopback" not in str(reads.query("select * from meta.request"))


def test_contacts_are_modified_under_another_name(tmp_path: Path) -> None:
    portal = small_portal()
    reads = Reads(tmp_path / "warehouse.duckdb", streams=chosen("contacts"))
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        portal.now += 60
        portal.put("contacts", min(portal.live["contacts"]), hs_language="sv")
        [reading] = reads.run(served.address)
        asked = [orjson.loads(q.body)["properties"] for q in served.requests if "search" in q.path]
    assert {name for names in asked for name in names} == {modified_property("contacts")}
    assert reading.landed_n == 1
    assert_whole(reads, portal, "contacts")
