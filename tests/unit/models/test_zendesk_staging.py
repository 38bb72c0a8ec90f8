"""Zendesk's ways of saying things, each once, as rows of the contract.

Objects hold what is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from assets.api.landing import Chunk, Landing
from assets.api.paging import Record
from assets.helpdesk.zendesk.paging import record_of
from assets.helpdesk.zendesk.streams import LOOKUPS, STREAMS
from pipelines.business_calendar import parse_schedule
from pipelines.settings import Home
from tests.support.clock import FakeClock
from tests.support.dbt import WarehouseUnderTest, open_copy

Object = dict[str, Any]
_DAY = 86_400
# 2026-03-02 in UTC, a Monday.
_T0 = 1_772_409_600
BY_NAME = {stream.name: stream for stream in STREAMS}
ANN, BEN, ROB, EVE, OWN, ORG = 11, 12, 13, 21, 22, 91


def at(day: float) -> datetime:
    return datetime.fromtimestamp(_T0 + day * _DAY, UTC)


def text(day: float) -> str:
    return at(day).strftime("%Y-%m-%dT%H:%M:%SZ")


def obj(id_: int | str, day: float = 0, **fields: Any) -> Object:
    return {"id": id_, "created_at": text(0), "updated_at": text(day)} | fields


def user(id_: int, day: float = 0, **fields: Any) -> Object:
    return obj(
        id_, day, name=f"n{id_}", role="end-user", verified=True, active=True, tags=[],
        email=f"{id_}@example.com", organization_id=None, user_fields={},
    ) | fields  # fmt: skip


def ticket(id_: int, day: float = 0, channel: str = "web", **fields: Any) -> Object:
    return obj(
        id_, day, status="open", requester_id=EVE, submitter_id=EVE, assignee_id=None,
        organization_id=ORG, group_id=71, priority=None, tags=[], custom_fields=[],
        via={"channel": channel, "source": {"from": {}}}, metric_set={},
        generated_timestamp=int(_T0 + day * _DAY),
    ) | fields  # fmt: skip


def event(id_: int, ticket_id: int, day: float, by: int, *children: Object) -> Object:
    return {
        "id": id_, "ticket_id": ticket_id, "timestamp": int(_T0 + day * _DAY),
        "created_at": text(day), "updater_id": by, "via": "Web form",
        "child_events": list(children),
    }  # fmt: skip


def comment(id_: int, author: int, **fields: Any) -> Object:
    via = {"channel": "web", "source": {}}
    return {
        "id": id_, "event_type": "Comment", "author_id": author, "public": True, "via": via,
    } | fields  # fmt: skip


def change(id_: int, before: Any, **after: Any) -> Object:
    return {"id": id_, "event_type": "Change", "previous_value": before, "via": "Web form"} | after


def call(id_: int, status: str, **fields: Any) -> Object:
    return obj(
        id_, 1, completion_status=status, direction="inbound", call_group_id=71, agent_id=None,
        customer_id=EVE, wait_time=7, talk_time=0, outside_business_hours=False, overflowed=False,
        exceeded_queue_wait_time=False, ticket_id=None,
    ) | fields  # fmt: skip


def policy(id_: int, place: int, conditions: Object, *promises: Object) -> Object:
    return obj(id_, position=place, filter={"all": [], "any": []} | conditions,
               policy_metrics=list(promises))  # fmt: skip


def promise(metric: str, minutes: int, business: bool = True) -> Object:
    return {"metric": metric, "priority": "high", "target": minutes, "business_hours": business}


def by_via(*numbers: int) -> list[Object]:
    return [{"field": "current_via_id", "operator": "is", "value": number} for number in numbers]


TOPIC = 36_000_000_001
MERGE = {"added_tags": ["closed_by_merge"], "tags": ["closed_by_merge"], "removed_tags": []}
FIRST: Mapping[str, Sequence[Object]] = {
    "organizations": [
        obj(ORG, name="Org", organization_fields={"segment": "smb"}, deleted_at=None),
    ],
    "users": [
        user(ANN, role="agent", default_group_id=71), user(BEN, role="agent", default_group_id=71),
        user(ROB, role="agent", tags=["bot"]), user(EVE, organization_id=ORG), user(OWN),
        user(23, verified=False),
    ],
    "groups": [obj(71, name="Desk", deleted=False), obj(72, name="Lab", deleted=True)],
    "schedules": [
        obj(81, name="Any", time_zone="New Caledonia", holidays=[],
            intervals=[{"start_time": 0, "end_time": 10_080}]),
        obj(82, name="lab", time_zone="Europe/Helsinki",
            intervals=[{"start_time": 1_920, "end_time": 2_400}],
            holidays=[{"start_date": "2026-04-03", "end_date": "2026-04-06"}]),
    ],
    "ticket_fields": [obj(TOPIC, title="Topic", removable=True, key=None),
                      obj(1, title="Priority", removable=True)],
    "tickets": [
        ticket(1, custom_fields=[{"id": TOPIC, "value": "bill"}]), ticket(2), ticket(3), ticket(4),
        ticket(5, channel="whatsapp"), ticket(6, channel="voice", from_messaging_channel=False),
        ticket(7, channel="native_messaging", submitter_id=ANN), ticket(8, channel="sms"),
        ticket(9, status="deleted"), ticket(10, status="hold", requester_id=ANN),
    ],
    "ticket_events": [
        event(101, 1, 0, EVE, comment(201, EVE), {"id": 301, "event_type": "Create",
                                                  "status": "new"}),
        event(102, 1, 1, ANN, comment(202, ANN), comment(203, ANN, public=False),
              change(302, "new", status="open"), change(303, None, assignee_id=ANN),
              change(304, 72, group_id=71), change(305, "bill", custom_ticket_fields={
                  str(TOPIC): "fault"}), change(306, None, custom_ticket_fields={"5": "x"})),
        event(103, 1, 1.5, -1, comment(204, -1), comment(205, ROB),
              comment(206, BEN, via={"channel": "rule"}),
              {"id": 207, "event_type": "VoiceComment", "author_id": ANN, "public": True}),
        event(104, 1, 1.6, OWN, {"id": 208, "event_type": "Comment", "comment_present": True,
                                 "comment_public": False}),
        event(105, 2, 2, ANN, change(307, None, via="Merge", via_reference_id=1, **MERGE)),
        event(106, 1, 2, ANN, comment(209, ANN, via_reference_id=2, public=False)),
        event(107, 10, 2, ANN, comment(210, ANN)),
    ],
    "ticket_audits": [
        {"id": 108, "ticket_id": 3, "created_at": text(3), "author_id": ANN,
         "via": {"channel": "rule"}, "events": [
             {"id": 308, "type": "Change", "field_name": "status", "value": "on-hold",
              "previous_value": "open"},
             {"id": 211, "type": "Comment", "author_id": ANN, "public": True}]},
    ],
    "sla_policies": [
        policy(41, 2, {}, promise("first_reply_time", 60), promise("agent_work_time", 600)),
        policy(42, 1, {}, promise("first_reply_time", 30, business=False)),
        policy(43, 3, {"any": by_via(4, 0)}, promise("requester_wait_time", 90)),
        policy(44, 4, {"all": [{"field": "organization_id", "operator": "is", "value": ORG}]},
               promise("next_reply_time", 5)),
        policy(45, 5, {"all": by_via(4), "any": by_via(0)}, promise("next_reply_time", 5)),
    ],
    "satisfaction_ratings": [
        obj(51, ticket_id=1, requester_id=EVE, assignee_id=ANN, score="offered"),
        obj(52, ticket_id=3, requester_id=EVE, assignee_id=ANN, score="unoffered"),
        obj(53, ticket_id=4, requester_id=EVE, assignee_id=ANN, score="good"),
    ],
    "calls": [
        call(61, "completed", agent_id=ANN, talk_time=30, outside_business_hours=True),
        call(62, "abandoned_in_queue"), call(63, "abandoned_in_voicemail",
                                             outside_business_hours=True),
        call(64, "not_answered"), call(65, "not_answered", overflowed=True),
        call(66, "abandoned_in_on_hold", agent_id=ANN, talk_time=5),
        call(67, "abandoned_in_ivr"),
    ],
    "engagements": [
        {"engagement_id": "AB", "ticket_id": 7, "agent_id": ANN, "group_id": 71,
         "requester_id": EVE, "engagement_start_time": "2026-03-02T10:00:00",
         "engagement_end_time": "2026-03-02T10:02:00", "offer_time_seconds": 3,
         "assignment_to_first_reply_time_seconds": 17},
    ],
}  # fmt: skip
SECOND: Mapping[str, Sequence[Object]] = {
    "users": [user(BEN, 5), user(OWN, 5, organization_id=ORG), user(ANN, 0, role="agent",
                                                                    default_group_id=71, x=1)],
    "tickets": [ticket(3, 6, status="deleted"), ticket(4, 6, status="pending")],
    "satisfaction_ratings": [
        obj(51, 6, ticket_id=1, requester_id=EVE, assignee_id=ANN, score="bad_with_comment"),
    ],
    "schedules": [
        obj(82, 6, name="lab", time_zone="Europe/Helsinki",
            intervals=[{"start_time": 1_980, "end_time": 2_400}],
            holidays=[{"start_date": "2026-05-01", "end_date": "2026-05-01"}]),
    ],
}  # fmt: skip
ENTITIES = (
    "customers", "people", "agents", "teams", "tickets", "ticket_events", "messages", "contacts",
    "sla_policies", "survey_questions", "survey_invitations", "survey_responses",
)  # fmt: skip


@pytest.fixture(scope="module")
def staged(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home
) -> Iterator[WarehouseUnderTest]:
    """Two readings of the account, one build."""
    with open_copy(warehouse_template, Home(tmp_path_factory.mktemp("zendesk"))) as warehouse:
        clock = FakeClock(at(4))
        landing = Landing(warehouse.connection, "zendesk", "run-1", clock, LOOKUPS)
        landing.create_tables(list(BY_NAME))
        landing.land(chunk(FIRST))
        clock.passed = 4.0 * _DAY
        landing.land(chunk(SECOND, Record(str(ORG), None, is_deleted=True)))
        warehouse.run_dbt(["path:models/staging/zendesk"])
        yield warehouse


def chunk(objects: Mapping[str, Sequence[Object]], *gone: Record) -> Chunk:
    found = Chunk()
    for stream, items in objects.items():
        found.add(stream, [record_of(BY_NAME[stream], item) for item in items])
    if gone:
        found.add("organizations", gone)
    return found


def rows(warehouse: WarehouseUnderTest, entity: str, columns: str, where: str = "true") -> Any:
    return warehouse.query(
        f"select {columns} from staging.stg_zendesk__{entity} where {where} order by all"
    )


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_row_keeps_the_contract_and_has_a_position_of_its_own(
    staged: WarehouseUnderTest, entity: str
) -> None:
    assert rows(staged, entity, "distinct reasons") == [(None,)]
    assert rows(staged, entity, "count(*) - count(distinct (load_id, row_no))") == [(0,)]


def test_who_wrote_and_whether_the_customer_saw_it(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "messages", "message_id, author_type, is_public, is_automated") == [
        ("zendesk-201", "customer", True, False),
        ("zendesk-202", "agent", True, False),
        ("zendesk-203", "agent", False, False),
        ("zendesk-204", "system", True, True),
        ("zendesk-205", "bot", True, True),
        # An agent who left wrote it once, and a rule in that agent's name.
        ("zendesk-206", "agent", True, True),
        ("zendesk-208", "customer", False, False),
        ("zendesk-209", "agent", False, False),
        # What somebody of the staff asked is a question.
        ("zendesk-210", "customer", True, False),
        ("zendesk-211", "agent", True, True),
    ]


def test_changes_are_told_in_the_words_of_the_contract(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "ticket_events",
                "event_id, ticket_id, occurred_at, field, from_value, to_value") == [
        ("zendesk-302", "zendesk-1", at(1), "status", "new", "open"),
        ("zendesk-303", "zendesk-1", at(1), "agent_id", None, "zendesk-11"),
        ("zendesk-304", "zendesk-1", at(1), "team", "Lab", "Desk"),
        ("zendesk-305", "zendesk-1", at(1), "topic", "bill", "fault"),
        ("zendesk-307", "zendesk-2", at(2), "merged_into", None, "zendesk-1"),
        ("zendesk-308", "zendesk-3", at(3), "status", "open", "hold"),
    ]  # fmt: skip


def test_tickets_keep_what_they_said_before_they_were_deleted(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "tickets",
                "ticket_id, status, channel, topic, team, created_by, merged_into_ticket_id, "
                "updated_at") == [
        ("zendesk-1", "open", "web", "bill", "Desk", "customer", None, at(0)),
        ("zendesk-10", "hold", "web", None, "Desk", "agent", None, at(0)),
        ("zendesk-2", "open", "web", None, "Desk", "customer", "zendesk-1", at(0)),
        ("zendesk-3", "deleted", "web", None, "Desk", "customer", None, at(6)),
        ("zendesk-4", "pending", "web", None, "Desk", "customer", None, at(6)),
        ("zendesk-5", "open", "social", None, "Desk", "customer", None, at(0)),
        ("zendesk-6", "open", "phone", None, "Desk", "customer", None, at(0)),
        ("zendesk-7", "open", "chat", None, "Desk", "agent", None, at(0)),
        ("zendesk-8", "open", "other", None, "Desk", "customer", None, at(0)),
        ("zendesk-9", "deleted", "web", None, "Desk", "customer", None, at(0)),
    ]  # fmt: skip


def test_an_agent_has_a_version_for_each_change_that_matters(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "agents", "agent_id, team, role, updated_at") == [
        ("zendesk-11", "Desk", "agent", at(0)),
        ("zendesk-12", "Desk", "agent", at(0)),
        ("zendesk-12", None, "ex_agent", at(5)),
        ("zendesk-13", None, "bot", at(0)),
    ]


def test_only_who_is_verified_is_somebody(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "people", "person_id, customer_id, email is not null",
                "person_id <> 'zendesk-12'") == [
        ("zendesk-21", "zendesk-91", True),
        ("zendesk-22", "zendesk-91", True),
        ("zendesk-23", None, False),
    ]  # fmt: skip


def test_a_customer_without_an_organization_ends_with_joining_one(
    staged: WarehouseUnderTest,
) -> None:
    assert rows(staged, "customers", "customer_id, name, segment, customer_type, updated_at, "
                "coalesce(is_deleted, false)") == [
        ("zendesk-91", "Org", "smb", None, at(0), False),
        ("zendesk-91", "Org", "smb", None, at(8), True),
        ("zendesk-user-22", "n22", None, "b2c", at(0), False),
        ("zendesk-user-22", "n22", None, "b2c", at(5), True),
    ]  # fmt: skip


def test_hours_are_the_teams_own_or_the_oldest_ones(staged: WarehouseUnderTest) -> None:
    found = rows(staged, "teams", "team, time_zone, schedule, holidays, valid_from")
    assert [(team, zone, valid_from) for team, zone, _, _, valid_from in found] == [
        ("Desk", "Pacific/Noumea", None),
        ("Lab", "Europe/Helsinki", None),
        ("Lab", "Europe/Helsinki", at(6)),
    ]
    # A week without a night is seven days; Monday's hours began later from then on.
    always, before, later = (parse_schedule(*row[1:4]) for row in found)
    assert [always.spans_on(date(2026, 3, day)) for day in range(1, 8)] == [((0, 1_440),)] * 7
    assert before.spans_on(date(2026, 3, 2)) == ((480, 960),)
    assert later.spans_on(date(2026, 3, 9)) == ((540, 960),)
    # Holidays are dates: the latest list is the one that counts, whenever.
    assert {row[3] for row in found if row[0] == "Lab"} == {"2026-05-01"}


def test_policies_that_the_contract_has_no_words_for_promise_nothing(
    staged: WarehouseUnderTest,
) -> None:
    assert rows(staged, "sla_policies",
                "metric, channel, priority, target_seconds, clock, pausing_statuses") == [
        # Of two for the same tickets, the one that stands first.
        ("first_reply", None, "high", 1_800, "calendar", None),
        ("resolution", "email", "high", 5_400, "business", "pending"),
        ("resolution", "web", "high", 5_400, "business", "pending"),
        ("resolution", None, "high", 36_000, "business", "pending;hold"),
    ]  # fmt: skip


def test_a_rating_counts_when_it_was_given(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "survey_responses", "response_id, ticket_id, score, submitted_at") == [
        ("zendesk-51", "zendesk-1", 1, at(6)),
        ("zendesk-53", "zendesk-4", 2, at(0)),
    ]
    assert rows(staged, "survey_invitations", "invitation_id, sent_at") == [
        ("zendesk-1", at(0)),
        ("zendesk-4", at(0)),
    ]
    assert rows(staged, "survey_questions", "question_id, scale_min, scale_max") == [
        ("zendesk-csat", 1, 2)
    ]


def test_calls_end_as_the_contract_says(staged: WarehouseUnderTest) -> None:
    assert rows(staged, "contacts", "contact_id, outcome, block_cause, queue_seconds",
                "channel = 'phone'") == [
        ("zendesk-61", "answered", None, 7),
        ("zendesk-62", "abandoned", None, 7),
        ("zendesk-63", "after_hours", None, 7),
        ("zendesk-64", "blocked", None, 7),
        ("zendesk-65", "blocked", "no_agents", 7),
        ("zendesk-66", "answered", None, 7),
        ("zendesk-67", "abandoned", None, 7),
    ]  # fmt: skip
    assert rows(staged, "contacts", "contact_id, started_at, outcome, queue_seconds, talk_seconds, "
                "person_id", "channel = 'chat'") == [
        ("zendesk-AB", at(10 / 24), "answered", 20, 100, "zendesk-21"),
    ]  # fmt: skip
