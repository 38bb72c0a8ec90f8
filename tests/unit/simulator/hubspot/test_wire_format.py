"""What stands in for HubSpot is judged by HubSpot's own client and by records of a real portal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations import v4 as associations
from hubspot.crm.associations.v4 import ApiException as AssociationsError
from hubspot.crm.objects import (
    ApiException,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectId,
)
from hubspot.utils.objects import fetch_all

from assets.crm.hubspot.streams import LINKS, OBJECTS, Links
from pipelines.contract import PROJECT_DIR
from simulator.hubspot.portal import TYPES, Portal, modified_property
from simulator.hubspot.server import Server
from simulator.loopback import Query, Served, serving
from tests.support.hubspot_portal import Reads, chosen, properties, small_portal, unhurried
from tests.support.shapes import ISO, misfits

RECORDS = PROJECT_DIR.parent / "shared" / "data" / "vendor_records" / "hubspot.jsonl"


@pytest.fixture(scope="module")
def portal() -> Portal:
    portal = small_portal()
    for type_ in TYPES:
        portal.archive(type_, max(portal.live[type_]))
    return portal


@pytest.fixture(scope="module")
def served(portal: Portal) -> Iterator[Served]:
    with serving(unhurried(portal, links_per_page=1)) as served:
        yield served


@pytest.fixture
def client(portal: Portal, served: Served) -> HubSpot:
    return HubSpot(access_token=portal.token, host=served.address)


def apis(client: HubSpot, type_: str) -> Any:
    """What the client has for a type of object."""
    if type_ in ("calls", "feedback_submissions"):
        return getattr(client.crm.objects, type_)
    return getattr(client.crm, type_)


def ids(items: Any) -> list[str]:
    return [item.id for item in items]


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("archived", [False, True])
def test_the_official_client_walks_every_list(
    portal: Portal, client: HubSpot, type_: str, archived: bool
) -> None:
    shelf = (portal.archived if archived else portal.live)[type_]
    names = portal.properties_of(type_)
    walked = fetch_all(apis(client, type_).basic_api, archived=archived, properties=names)
    assert sorted(ids(walked)) == sorted(shelf)
    assert walked
    for item in walked:
        said = shelf[item.id]["properties"]
        assert {name: value for name, value in item.properties.items() if value is not None} == {
            name: value for name, value in said.items() if value is not None
        }


@pytest.mark.parametrize("type_", TYPES)
def test_the_official_client_walks_every_search(
    portal: Portal, client: HubSpot, type_: str
) -> None:
    modified = modified_property(type_)
    found: list[str] = []
    after = None
    while True:
        request = PublicObjectSearchRequest(
            filter_groups=[
                {"filters": [{"propertyName": modified, "operator": "GTE", "value": "0"}]}
            ],
            sorts=[{"propertyName": modified, "direction": "DESCENDING"}],
            properties=[modified],
            limit=50,
            after=after,
        )
        page = apis(client, type_).search_api.do_search(request)
        found += ids(page.results)
        if page.paging is None:
            break
        after = page.paging.next.after
    assert sorted(found) == sorted(portal.live[type_])
    assert page.total == len(found) > 0
    changes = [portal.live[type_][id_]["updatedAt"] for id_ in found]
    assert changes == sorted(changes, reverse=True)


@pytest.mark.parametrize("type_", TYPES)
def test_the_official_client_reads_batches(portal: Portal, client: HubSpot, type_: str) -> None:
    wanted = sorted(portal.live[type_])[:20]
    history = ["dealstage"] if type_ == "deals" else []
    body = BatchReadInputSimplePublicObjectId(
        inputs=[SimplePublicObjectId(id=id_) for id_ in [*wanted, "999"]],
        properties=portal.properties_of(type_),
        properties_with_history=history,
    )
    read = apis(client, type_).batch_api.read(body)
    assert sorted(ids(read.results)) == wanted
    if history:
        [newest, *_] = read.results[0].properties_with_history["dealstage"]
        assert newest.value == read.results[0].properties["dealstage"]


@pytest.mark.parametrize("links", LINKS, ids=lambda links: links.name)
def test_the_official_client_walks_the_associations(
    portal: Portal, client: HubSpot, links: Links
) -> None:
    api = client.crm.associations.v4.batch_api
    walked: dict[str, set[str]] = {id_: set() for id_ in portal.live[links.of]}
    inputs = [{"id": id_} for id_ in walked]
    while inputs:
        body = associations.BatchInputPublicFetchAssociationsBatchRequest(inputs=inputs)
        page = api.get_page(links.of, links.to, body)
        inputs = []
        for result in page.results:
            walked[result._from.id].update(str(link.to_object_id) for link in result.to)
            if result.paging is not None:
                inputs.append({"id": result._from.id, "after": result.paging.next.after})
    assert walked == {id_: set(portal.links[links.of, links.to][id_]) for id_ in walked}


def test_the_official_client_reads_owners_pipelines_and_properties(
    portal: Portal, client: HubSpot
) -> None:
    owners = fetch_all(client.crm.owners.owners_api)
    assert {owner.id: owner.email for owner in owners} == {
        id_: owner["email"] for id_, owner in portal.owners.items()
    }
    teams = {team.name for owner in owners for team in owner.teams}
    assert teams == {"aspa", "kakkoslinja", "laskutus", "myynti", "tuki"}
    [pipeline] = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert [(stage.label, stage.metadata["isClosed"]) for stage in pipeline.stages] == [
        ("tarjottu", "false"),
        ("voitettu", "true"),
        ("hävitty", "true"),
    ]
    for type_ in TYPES:
        defined = client.crm.properties.core_api.get_all(type_).results
        assert [item.name for item in defined] == portal.properties_of(type_)


def test_the_official_client_understands_the_errors(portal: Portal, served: Served) -> None:
    stranger = HubSpot(access_token="pat-other", host=served.address)
    with pytest.raises(ApiException) as unknown:
        stranger.crm.objects.basic_api.get_page("deals")
    assert unknown.value.status == 401
    client = HubSpot(access_token=portal.token, host=served.address)
    with pytest.raises(ApiException) as missing:
        client.crm.objects.basic_api.get_by_id("deals", "1")
    assert missing.value.status == 404
    body = associations.BatchInputPublicFetchAssociationsBatchRequest([{"id": "1"}] * 1_001)
    with pytest.raises(AssociationsError) as many:
        client.crm.associations.v4.batch_api.get_page("deals", "companies", body)
    assert many.value.status == 400
    portal.scopes_missing.add("crm.objects.deals.read")
    try:
        with pytest.raises(ApiException) as forbidden:
            client.crm.objects.basic_api.get_page("deals")
    finally:
        portal.scopes_missing.clear()
    assert json.loads(forbidden.value.body)["category"] == "MISSING_SCOPES"


def asked(portal: Portal, path: str, body: Any = None, **params: str) -> Any:
    """The body of an answer, as it goes over the wire."""
    query = Query(
        path,
        tuple(params.items()),
        {"Authorization": f"Bearer {portal.token}"},
        "GET" if body is None else "POST",
        json.dumps(body).encode(),
    )
    return json.loads(json.dumps(Server(portal, links_per_page=1)(query).body))


def normal(value: Any) -> Any:
    """A body without what JSON and the client write differently: nulls, offsets, kinds of ids."""
    if isinstance(value, dict):
        kept = {name: normal(item) for name, item in value.items() if item is not None}
        if "toObjectId" in kept:
            kept["toObjectId"] = str(kept["toObjectId"])
        return kept
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, str) and ISO.fullmatch(value):
        return datetime.fromisoformat(value)
    return value


def bodies() -> list[tuple[str, str, Any, str]]:
    """Path, package of the client, question and model of every kind of answer."""
    listed = "CollectionResponseSimplePublicObjectWithAssociationsForwardPaging"
    found = "CollectionResponseWithTotalSimplePublicObjectForwardPaging"
    return [
        *((f"/crm/v3/objects/{type_}", "objects", None, listed) for type_ in TYPES),
        *((f"/crm/v3/objects/{type_}/search", "objects", {}, found) for type_ in TYPES),
        *(
            (f"/crm/v3/objects/{stream.name}/batch/read", "objects", stream, "BatchResponse")
            for stream in OBJECTS
        ),
        *((links.path, "associations.v4", links, "BatchResponse") for links in LINKS),
        ("/crm/v3/owners", "owners", None, "CollectionResponsePublicOwnerForwardPaging"),
        ("/crm/v3/pipelines/deals", "pipelines", None, "CollectionResponsePipelineNoPaging"),
        *(
            (f"/crm/v3/properties/{t}", "properties", None, "CollectionResponsePropertyNoPaging")
            for t in TYPES
        ),
    ]


@pytest.mark.parametrize(
    ("path", "package", "question", "model"), bodies(), ids=lambda part: str(part)[:40]
)
def test_every_body_goes_through_the_clients_models_without_loss(
    portal: Portal, client: HubSpot, path: str, package: str, question: Any, model: str
) -> None:
    if model == "BatchResponse" and isinstance(question, Links):
        model += "PublicAssociationMultiWithLabelWithErrors"
        question = {"inputs": [{"id": id_} for id_ in sorted(portal.live[question.of])[:50]]}
    elif model == "BatchResponse":
        model += "SimplePublicObjectWithErrors"
        question = {
            "inputs": [{"id": id_} for id_ in [*sorted(portal.live[question.name])[:40], "99"]],
            "properties": portal.properties_of(question.name),
            "propertiesWithHistory": list(question.history),
        }
    body = asked(portal, path, question)
    assert body["results"] or path.endswith("calls/deals/batch/read")
    discovered: Any = client.crm
    for name in package.split("."):
        discovered = getattr(discovered, name)
    api = {
        "owners": "owners_api",
        "pipelines": "pipelines_api",
        "properties": "core_api",
    }.get(package, "batch_api")
    api_client = getattr(discovered, api).api_client
    answer = type("Answer", (), {"data": json.dumps(body)})()
    parsed = api_client.deserialize(answer, model)
    assert normal(json.loads(json.dumps(api_client.sanitize_for_serialization(parsed)))) == normal(
        body
    )


# The keys and kinds of values of the real thing, written by hand from HubSpot's documentation.
OBJECT = {
    "id": "512",
    "properties": {"hs_object_id": "512", "name": None},
    "createdAt": "2019-10-30T03:30:17.883Z",
    "updatedAt": "2019-12-07T16:50:06.678Z",
    "archived": False,
}
PART_ERROR = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": "", "context": {}}
EXCERPTS = {
    "a page of a list": (
        "/crm/v3/objects/companies",
        None,
        {"results": [OBJECT], "paging": {"next": {"after": "NTI1", "link": "?after=NTI1"}}},
    ),
    "a page of a search": (
        "/crm/v3/objects/contacts/search",
        {"limit": 1},
        {"total": 2, "results": [OBJECT], "paging": {"next": {"after": "1"}}},
    ),
    "a batch of which a part is not there": (
        "/crm/v3/objects/companies/batch/read",
        {"inputs": [{"id": "9100000000"}, {"id": "5"}]},
        {
            "status": "COMPLETE",
            "results": [OBJECT],
            "numErrors": 1,
            "errors": [PART_ERROR],
            "startedAt": "2019-12-07T16:50:06.678Z",
            "completedAt": "2019-12-07T16:50:06.678Z",
        },
    ),
    "associations, and an object without any": (
        "/crm/v4/associations/contacts/companies/batch/read",
        {"inputs": [{"id": "151"}, {"id": "5"}]},
        {
            "status": "COMPLETE",
            "results": [
                {
                    "from": {"id": "151"},
                    "to": [
                        {
                            "toObjectId": 512,
                            "associationTypes": [
                                {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}
                            ],
                        }
                    ],
                }
            ],
            "numErrors": 1,
            "errors": [
                {**PART_ERROR, "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"},
            ],
            "startedAt": "2019-12-07T16:50:06.678Z",
            "completedAt": "2019-12-07T16:50:06.678Z",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EXCERPTS)
def test_bodies_have_the_shape_of_the_real_thing(portal: Portal, name: str) -> None:
    path, question, real = EXCERPTS[name]
    body = asked(portal, path, question)
    assert body["results"]
    for row in body["results"]:
        row.get("properties", {}).setdefault("name", None)
    assert misfits(real, body) == []


def test_the_shapes_do_complain() -> None:
    wrong = {**OBJECT, "id": 512, "createdAt": "yesterday", "properties": {"name": None}}
    del wrong["archived"]
    assert sorted(misfits(OBJECT, wrong)) == [
        ".archived is missing",
        ".createdAt is a time in one alone",
        ".id is int",
        ".properties.hs_object_id is missing",
    ]


@cache
def real_records() -> dict[str, list[dict[str, Any]]]:
    if not RECORDS.exists():
        pytest.skip("records of a real portal are not beside this checkout")
    found: dict[str, list[dict[str, Any]]] = {}
    for line in RECORDS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found.setdefault(record["stream"], []).append(record["data"])
    return found


KEYS = {"id", "properties", "createdAt", "updatedAt", "archived"}


@pytest.mark.parametrize("type_", ["companies", "contacts", "deals", "line_items", "products"])
def test_keys_and_properties_are_those_of_real_records(portal: Portal, type_: str) -> None:
    records = real_records()[type_]
    ours = asked(portal, f"/crm/v3/objects/{type_}")["results"][0]
    # The connector that took the records flattened properties and joined ids of other objects.
    assert all(record.keys() >= ours.keys() == KEYS for record in records)
    known = {name for record in records for name in record["properties"]}
    # Those are defined where a portal has several currencies.
    known |= {"deal_currency_code", *(f"hs_price_{code}" for code in ("eur", "usd", "sek", "gbp"))}
    hubspots = {name for name in portal.properties_of(type_) if name.startswith("hs_")}
    assert hubspots | {"createdate", modified_property(type_)} <= known
    assert all(ISO.fullmatch(record["createdAt"]) for record in records)
    archived = asked(portal, f"/crm/v3/objects/{type_}", archived="true")["results"][0]
    assert archived.keys() == KEYS | {"archivedAt"}
    assert all(r.keys() >= KEYS | {"archivedAt"} for r in real_records()["deals_archived"])


def test_real_records_land_as_they_are(tmp_path: Path) -> None:
    names = ("companies", "contacts", "deals", "line_items", "products")
    portal = Portal(now=2_000_000_000)
    for type_ in names:
        for record in real_records()[type_]:
            said = {
                name: None if value is None else str(value)
                for name, value in record["properties"].items()
            }
            item = {name: record[name] for name in KEYS} | {"properties": said}
            portal.load(type_, item)
    reads = Reads(tmp_path / "warehouse.duckdb", streams=chosen(*names))
    with serving(unhurried(portal)) as served:
        reads.run(served.address)
        portal.now += 60
        assert [reading.landed_n for reading in reads.run(served.address)] == [0] * len(names)
    calculated = {stream.name: set(stream.calculated) for stream in OBJECTS}
    for type_ in names:
        here, there = properties(reads.live(type_)), properties(portal.live[type_])
        assert here.keys() == there.keys()
        lost = {name for id_ in there for name in there[id_].keys() - here[id_].keys()}
        assert not lost & calculated[type_]
        assert lost <= {"days_to_close", "hs_is_closed", "hs_is_closed_won", "hs_term_in_months"}
