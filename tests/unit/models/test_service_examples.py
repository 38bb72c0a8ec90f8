"""METRICS.md's worked examples of service, from contract rows to facts and figures.

All examples stand in one helpdesk and are built once; a ticket's id names its example, a team or a
channel of its own keeps its figures apart. The last closed month is June 2026.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.settings import Home
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.service import SERVICE, build_service, deliver, rows_by

Row = dict[str, Any]

HELSINKI = ZoneInfo("Europe/Helsinki")
MARCH = date(2026, 3, 1)


def at(text: str) -> datetime:
    """An instant in Helsinki time, the year is 2026."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=HELSINKI)


def ticket(ticket_id: str, created: str, **more: Any) -> Row:
    row = {"channel": "email", "status": "closed", "created_at": at(created)}
    return {"ticket_id": ticket_id, **row, **more}


class Desk:
    """A helpdesk in the making: each method adds one row."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {
            entity: []
            for entity in (
                "teams", "agents_version", "tickets", "ticket_events", "messages", "contacts",
                "sla_policies",
            )
        }  # fmt: skip

    def ticket(self, ticket_id: str, created: str, **more: Any) -> None:
        self.rows["tickets"].append(ticket(ticket_id, created, **more))

    def event(
        self, ticket_id: str, when: str, field: str, to_value: str, from_value: str | None = None
    ) -> None:
        events = self.rows["ticket_events"]
        events.append(
            {
                "event_id": f"e{len(events)}",
                "ticket_id": ticket_id,
                "occurred_at": at(when),
                "field": field,
                "from_value": from_value,
                "to_value": to_value,
            }
        )

    def status(self, ticket_id: str, *changes: tuple[str, str]) -> None:
        for when, status in changes:
            self.event(ticket_id, when, "status", status)

    def reply(self, ticket_id: str, when: str, author: str | None = "ann", **more: Any) -> None:
        messages = self.rows["messages"]
        row = {"author_type": "agent", "author_id": author, "is_public": True}
        messages.append(
            {
                "message_id": f"m{len(messages)}",
                "ticket_id": ticket_id,
                "sent_at": at(when),
                **row,
                **more,
            }
        )

    def call(self, outcome: str, queue_s: int | None, **more: Any) -> None:
        contacts = self.rows["contacts"]
        row = {"channel": "phone", "direction": "inbound", "started_at": at("03-10 10:00")}
        contacts.append(
            {
                "contact_id": f"k{len(contacts)}",
                "outcome": outcome,
                "queue_seconds": queue_s,
                **row,
                **more,
            }
        )


def business_time(desk: Desk) -> None:
    """R17, and the reference case of a shop in Berlin that never has a day off."""
    for name, created, solved in (
        ("easter", "04-02 15:00", "04-07 09:00"),
        ("midsummer", "06-18 15:30", "06-22 08:10"),
        ("clock change", "03-28 12:00", "03-30 08:30"),
        ("lunch", "03-09 12:30", "03-09 13:30"),
        ("night", "03-09 17:00", "03-10 07:00"),
    ):
        desk.ticket(name, created, team="lunch" if name == "lunch" else None)
        desk.status(name, (solved, "solved"))
    desk.rows["teams"].append(
        {"team": "lunch", "schedule": "mon-fri 08:00-13:00, mon-fri 13:15-16:00"}
    )
    # The day is on the list of holidays, and taken off it again.
    desk.rows["teams"].append(
        {
            "team": "berlin",
            "time_zone": "Europe/Berlin",
            "schedule": "mon-sun 09:00-18:00",
            "holidays": "2013-06-04, -2013-06-04",
        }
    )
    reference = datetime(2013, 6, 4, tzinfo=UTC)
    desk.ticket("reference", "01-01 00:00", team="berlin")
    desk.rows["tickets"][-1]["created_at"] = reference.replace(hour=9)
    for hour, minute, status in (
        (10, 0, "pending"), (10, 30, "open"), (12, 0, "closed"),
    ):  # fmt: skip
        desk.status("reference", ("01-01 00:00", status))
        desk.rows["ticket_events"][-1]["occurred_at"] = reference.replace(hour=hour, minute=minute)
    desk.reply("reference", "01-01 00:00")
    desk.rows["messages"][-1]["sent_at"] = reference.replace(hour=10, minute=45)
    for metric in ("first_reply", "resolution"):
        desk.rows["sla_policies"].append(
            {
                "metric": metric,
                "channel": "web",
                "target_seconds": 3600,
                "pausing_statuses": "pending",
            }
        )
    desk.rows["tickets"][-1]["channel"] = "web"
    # Rescheduled while a ticket was open: it keeps the hours of its creation.
    for valid_from, schedule in ((None, "mon-sun 00:00-24:00"), ("03-10 00:00", "mon 08:00-09:00")):
        desk.rows["teams"].append(
            {
                "team": "moving",
                "schedule": schedule,
                "valid_from": at(valid_from) if valid_from else None,
            }
        )
    desk.ticket("old hours", "03-09 23:00", team="moving")
    desk.ticket("new hours", "03-10 01:00", team="moving")
    for name in ("old hours", "new hours"):
        desk.status(name, ("03-11 01:00", "solved"))


def resolutions(desk: Desk) -> None:
    """Section 17, and what a resolution is not."""
    desk.ticket("reopened", "03-02 10:00")
    desk.status(
        "reopened",
        ("03-02 12:00", "solved"),
        ("03-03 09:00", "open"),
        ("03-03 11:30", "solved"),
        ("03-05 11:30", "closed"),
    )
    desk.reply("reopened", "03-02 11:00")
    desk.reply("reopened", "03-03 10:00")
    desk.ticket("thanked", "03-02 10:00")
    desk.status("thanked", ("03-02 12:00", "solved"), ("03-02 13:00", "open"))
    desk.status("thanked", ("03-02 14:00", "solved"))
    desk.reply("thanked", "03-02 12:00")
    # What went before the close is not in the log, so nobody knows that the customer waited.
    desk.ticket("half a log", "03-02 10:00")
    desk.event("half a log", "03-06 10:00", "status", "closed", "solved")
    desk.ticket("open again", "03-02 10:00", status="open")
    desk.status("open again", ("03-02 12:00", "solved"), ("03-03 09:00", "open"))


def replies(desk: Desk) -> None:
    """Who answers, and from when on somebody waits (8.9, R19)."""
    desk.rows["agents_version"] += [
        {"agent_id": "ann", "role": "agent", "team": "desk"},
        {"agent_id": "left", "role": "ex_agent", "team": "desk"},
        {"agent_id": "rob", "role": "bot"},
    ]
    desk.ticket("unanswered", "03-02 10:00")
    desk.ticket("by a bot", "03-02 10:00")
    desk.reply("by a bot", "03-02 10:01", author="rob")
    desk.reply("by a bot", "03-02 10:02", author_type="bot")
    desk.reply("by a bot", "03-02 10:03", is_automated=True)
    desk.reply("by a bot", "03-02 10:04", is_public=False)
    desk.ticket("by one who left", "03-02 10:00")
    desk.reply("by one who left", "03-02 10:05", author="left")
    desk.ticket("after the solve", "03-02 10:00")
    desk.status("after the solve", ("03-02 11:00", "solved"))
    desk.reply("after the solve", "03-02 12:00")
    desk.ticket("opened by an agent", "03-02 10:00", created_by="agent")
    desk.reply("opened by an agent", "03-02 10:00")
    desk.reply("opened by an agent", "03-02 11:00", author_type="customer", author=None)
    desk.reply("opened by an agent", "03-02 11:20")
    desk.ticket("never heard of again", "03-02 10:00", created_by="agent")
    desk.reply("never heard of again", "03-02 10:00")
    desk.ticket("before opening", "03-02 06:00")
    desk.reply("before opening", "03-02 08:10")


def merges(desk: Desk) -> None:
    """R13: the survivor keeps the earliest creation; chains and circles end."""
    desk.ticket("chain 1", "03-02 10:00", merged_into_ticket_id="chain 2")
    desk.ticket("chain 2", "03-02 11:00")
    desk.event("chain 2", "03-02 12:00", "merged_into", "chain 3")
    desk.ticket("chain 3", "03-02 12:00")
    desk.status("chain 3", ("03-02 13:00", "solved"))
    desk.ticket("circle 1", "03-02 11:00", merged_into_ticket_id="circle 2")
    desk.ticket("circle 2", "03-02 10:00", merged_into_ticket_id="circle 1")
    desk.ticket("itself", "03-02 10:00", merged_into_ticket_id="itself")
    desk.ticket("merged later", "06-30 10:00", merged_into_ticket_id="chain 3")
    desk.event("merged later", "07-02 10:00", "merged_into", "chain 3")
    desk.ticket("created later", "07-02 10:00")


def first_contacts(desk: Desk) -> None:
    """8.17 beyond its example, which is the unit test of core.fct_ticket."""

    def solved(name: str, customer: str, topic: str | None, channel: str = "email") -> None:
        desk.ticket(name, "03-02 10:00", customer_id=customer, topic=topic, channel=channel)
        desk.status(name, ("03-02 12:00", "solved"))

    solved("warm transfer", "f1", "bill", "phone")
    leg = {"ticket_id": "warm transfer", "customer_id": "f1"}
    desk.call("answered", 30, **leg, started_at=at("03-02 11:00"), talk_seconds=90)
    desk.call("answered", 0, **leg, started_at=at("03-02 11:02"), talk_seconds=300)
    solved("called twice", "f2", "bill", "phone")
    leg = {"ticket_id": "called twice", "customer_id": "f2"}
    desk.call("answered", 30, **leg, started_at=at("03-02 11:00"), talk_seconds=89)
    desk.call("answered", 0, **leg, started_at=at("03-02 11:02"), talk_seconds=300)
    solved("called and mailed", "f3", "bill", "phone")
    desk.call("answered", 30, ticket_id="called and mailed", started_at=at("03-02 11:00"))
    desk.reply("called and mailed", "03-02 11:30")
    solved("one chat", "f4", "bill", "chat")
    desk.call("answered", 30, ticket_id="one chat", channel="chat", started_at=at("03-02 11:00"))
    desk.reply("one chat", "03-02 11:01")
    desk.reply("one chat", "03-02 11:02")
    for name, customer, topic in (
        ("asked again by phone", "f5", "bill"),
        ("asked about something else", "f6", "bill"),
        ("asked again after a week", "f7", "bill"),
        ("asked again without a topic", "f8", None),
        ("hung up at once", "f9", "bill"),
    ):
        solved(name, customer, topic)
        desk.reply(name, "03-02 12:00")
    later = {"started_at": at("03-09 12:00")}
    desk.call("abandoned", None, customer_id="f5", topic="bill", **later)
    desk.call("answered", 1, customer_id="f6", topic="fault", **later)
    desk.call("answered", 1, customer_id="f7", topic="bill", started_at=at("03-09 12:01"))
    desk.call("answered", 1, customer_id="f8", **later)
    desk.call("abandoned", 4, customer_id="f9", topic="bill", **later)


def spoken(desk: Desk) -> None:
    """Calls and chats that made a ticket (8.1, 8.9, 8.16)."""
    for channel in ("phone", "chat", "email"):
        desk.rows["sla_policies"].append(
            {"metric": "first_reply", "channel": channel, "target_seconds": 3600}
        )
    for name, channel, created_by, called in (
        ("rang up", "phone", "agent", "03-02 09:58"),
        ("chatted", "chat", "agent", "03-02 10:00"),
        ("was rung up", "phone", "agent", "03-02 11:00"),
        ("voicemail", "phone", "system", None),
    ):
        desk.ticket(name, "03-02 10:00", channel=channel, created_by=created_by, team="spoken")
        desk.rows["tickets"][-1]["customer_id"] = name
        desk.status(name, ("03-04 12:00", "solved"))
        if called:
            desk.call("answered", 5, ticket_id=name, channel=channel, started_at=at(called))
    desk.call("abandoned", 60, ticket_id="voicemail", started_at=at("03-02 09:59"))
    desk.call("abandoned", 3, ticket_id="voicemail", started_at=at("03-02 09:58"))


@pytest.fixture(scope="module")
def helpdesk(
    warehouse_template: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WarehouseUnderTest]:
    desk = Desk()
    for example in (business_time, resolutions, replies, merges, first_contacts, spoken):
        example(desk)
    home = Home(tmp_path_factory.mktemp("service") / "home")
    with open_copy(warehouse_template, home) as warehouse:
        deliver(warehouse, desk.rows)
        build_service(warehouse)
        yield warehouse


@pytest.fixture(scope="module")
def facts(helpdesk: WarehouseUnderTest) -> Mapping[str, Row]:
    rows = rows_by(helpdesk, "core.fct_ticket", "ticket_id")
    return {ticket_id: row for (ticket_id,), row in rows.items()}


@pytest.mark.parametrize(
    ("name", "calendar_s", "business_s"),
    [
        ("easter", 410_400, 7_200),
        ("midsummer", 319_200, 2_400),
        ("clock change", 156_600, 1_800),
        ("lunch", 3_600, 2_700),
        ("night", 50_400, 0),
        ("reference", 180 * 60, 180 * 60),
        ("old hours", 26 * 3600, 26 * 3600),
        ("new hours", 24 * 3600, 0),
        ("reopened", 91_800, 34_200),
    ],
)
def test_resolution_runs_on_both_clocks(
    facts: Mapping[str, Row], name: str, calendar_s: int, business_s: int
) -> None:
    fact = facts[name]
    assert fact["full_resolution_calendar_s"] == calendar_s
    assert fact["full_resolution_business_s"] == business_s


def test_the_reference_case_is_answered_after_105_business_minutes(
    facts: Mapping[str, Row],
) -> None:
    assert facts["reference"]["frt_business_s"] == 105 * 60


def test_the_reference_case_takes_75_and_150_minutes_with_a_policy_that_pauses_on_pending(
    helpdesk: WarehouseUnderTest,
) -> None:
    instances = rows_by(helpdesk, "core.fct_sla_instance", "ticket_id", "metric")
    minutes = {
        metric: (row["elapsed_s"] / 60, row["is_breached"])
        for (ticket_id, metric), row in instances.items()
        if ticket_id == "reference"
    }
    assert minutes == {"first_reply": (75, True), "resolution": (150, True)}


def test_on_hold_is_one_status_however_it_is_spelled(warehouse: WarehouseUnderTest) -> None:
    desk = Desk()
    desk.rows["teams"].append({"team": "always", "schedule": "mon-sun 00:00-24:00"})
    for spelling in ("hold", "on-hold", "On_Hold", "on hold"):
        desk.rows["sla_policies"].append(
            {
                "metric": "resolution",
                "priority": spelling,
                "target_seconds": 3600,
                "pausing_statuses": f"pending; {spelling}",
            }
        )
        desk.ticket(spelling, "03-02 10:00", team="always", priority=spelling)
        desk.status(
            spelling, ("03-02 10:30", "hold"), ("03-02 12:00", "open"), ("03-02 12:30", "solved")
        )
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    clocks = {
        (row["elapsed_s"], row["is_breached"])
        for row in rows_by(warehouse, "core.fct_sla_instance", "ticket_id").values()
    }
    assert clocks == {(3600, False)}


def test_a_closed_day_keeps_its_backlog_whatever_happens_later(
    warehouse: WarehouseUnderTest,
) -> None:
    desk = Desk()
    desk.ticket("solved", "03-02 10:00", team="desk")
    desk.status("solved", ("03-05 12:00", "solved"))
    desk.ticket("reopened", "03-02 10:00", team="desk")
    desk.status("reopened", ("03-03 12:00", "solved"), ("03-06 12:00", "open"))
    desk.ticket("routed on", "03-02 10:00", team="lab", status="open")
    desk.event("routed on", "03-04 12:00", "team", "lab", from_value="desk")
    # Two cases until they were one, and two that somebody threw away, one of them at once.
    for name, created, status in (
        ("elder", "03-02 10:00", "closed"), ("younger", "03-03 10:00", "open"),
        ("deleted", "03-02 10:00", "deleted"), ("at once", "03-02 10:00", "deleted"),
    ):  # fmt: skip
        desk.ticket(name, created, team="desk", status=status, customer_id=name)
        desk.reply(name, created, author_type="customer", author=None)
    desk.event("elder", "03-07 10:00", "merged_into", "younger")
    desk.status("elder", ("03-07 10:00", "closed"))
    desk.status("deleted", ("03-06 10:00", "deleted"))
    desk.status("at once", ("03-02 11:00", "deleted"))
    deliver(warehouse, desk.rows)
    backlogs = []
    for as_of in (at("03-05 00:00"), at("03-20 00:00")):
        warehouse.set_context(as_of=as_of)
        build_service(warehouse)
        backlogs.append(
            warehouse.query(
                "select day, team, age_band, open_tickets_n, waiting_customers_n "
                "from core.fct_backlog_day where day < '2026-03-05' order by all"
            )
        )
    assert backlogs[0] == backlogs[1]
    assert [(day.day, band, n, waiting) for day, _, band, n, waiting in backlogs[0]] == [
        (2, "0-1", 5, 5),
        (3, "0-1", 1, 1),
        (3, "2-7", 4, 4),
        (4, "2-7", 5, 5),
    ]
    later = warehouse.query(
        "select day, age_band, open_tickets_n, waiting_customers_n from core.fct_backlog_day "
        "where day in ('2026-03-06', '2026-03-07', '2026-03-09') order by all"
    )
    # One is reopened on the 6th and one deleted; on the 7th the younger takes the elder's age.
    assert [(day.day, band, n, waiting) for day, band, n, waiting in later] == [
        (6, "2-7", 4, 4),
        (7, "2-7", 3, 3),
        (9, "8-30", 3, 3),
    ]


def test_open_cases_are_waiting_customers_as_in_8_5(warehouse: WarehouseUnderTest) -> None:
    desk = Desk()
    for ticket_id, customer, solved, last in (
        ("1", "a", "03-05 12:00", "customer"), ("2", "a", None, "customer"),
        ("3", "a", None, "customer"), ("4", "b", None, "agent"),
        ("5", "d", "04-02 12:00", "customer"),
    ):  # fmt: skip
        desk.ticket(ticket_id, "03-04 10:00", status="closed" if solved else "open")
        desk.rows["tickets"][-1]["customer_id"] = customer
        if solved:
            desk.status(ticket_id, (solved, "solved"))
        desk.reply(ticket_id, "03-04 11:00")
        if last == "customer":
            desk.reply(ticket_id, "03-04 12:00", author_type="customer", author=None)
        # A receipt answers nobody.
        desk.reply(ticket_id, "03-04 12:01", author_type="bot", author=None)
    desk.ticket("waits for the customer", "03-04 10:00", status="pending", customer_id="e")
    desk.status("waits for the customer", ("03-04 10:30", "pending"))
    desk.ticket("unknown requester", "06-30 10:00", requester_address="f", status="new")
    desk.ticket("unknown requester again", "06-30 10:00", requester_address="f", status="new")
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    values = {
        (grain, period): value
        for grain, period, value in warehouse.query(
            "select period_grain, period_start, value from core.metric_service "
            "where metric_id = 'open_cases' and dim_name = 'all' and is_mature"
        )
    }
    assert values["month", MARCH] == 2
    assert values["month", date(2026, 4, 1)] == 1
    assert values["month", date(2026, 6, 1)] == 2
    assert values["as_of", date(2026, 7, 1)] == 2


def test_a_ticket_of_an_unknown_requester_counts_and_its_business_time_is_known(
    warehouse: WarehouseUnderTest,
) -> None:
    desk = Desk()
    desk.ticket("t", "03-02 10:00", team="a team that nobody described", agent_id="nobody")
    desk.status("t", ("03-03 10:00", "solved"))
    desk.reply("t", "03-02 12:00", author="an agent who left before anybody counted")
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    cells = rows_by(warehouse, "marts.service_kpi", "month", "team", "channel", "topic", "priority")
    company = cells[MARCH, "all", "all", "all", "all"]
    assert company["request_volume"] == 1
    assert (company["frt_median_s"], company["frt_median_s_calendar"]) == (7_200, 7_200)
    assert (company["art_median_s"], company["art_median_s_calendar"]) == (28_800, 86_400)


def test_the_wide_mart_holds_combinations_single_dimensions_and_the_company(
    warehouse: WarehouseUnderTest,
) -> None:
    desk = Desk()
    for name, channel, topic in (("a", "email", "bill"), ("b", "web", "bill"), ("c", "web", None)):
        desk.ticket(name, "03-02 10:00", team="desk", channel=channel, topic=topic, priority="low")
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    rows = rows_by(warehouse, "marts.service_kpi", "team", "channel", "priority", "topic", "month")
    volumes = {key[:4]: row["request_volume"] for key, row in rows.items() if key[4] == MARCH}
    assert volumes == {
        ("all", "all", "all", "all"): 3,
        ("desk", "all", "all", "all"): 3,
        ("all", "email", "all", "all"): 1,
        ("all", "web", "all", "all"): 2,
        ("all", "all", "low", "all"): 3,
        ("all", "all", "all", "bill"): 2,
        ("all", "all", "all", "unknown"): 1,
        ("desk", "email", "low", "bill"): 1,
        ("desk", "web", "low", "bill"): 1,
        ("desk", "web", "low", "unknown"): 1,
    }


def test_a_reopened_ticket_has_two_resolutions(facts: Mapping[str, Row]) -> None:
    fact = facts["reopened"]
    assert (fact["first_resolution_calendar_s"], fact["full_resolution_calendar_s"]) == (
        7_200,
        91_800,
    )
    assert fact["reopens_n"] == 1
    assert fact["is_one_touch"] is False
    assert fact["last_solved_at"] == at("03-03 11:30")


def test_a_thank_you_moves_the_last_solve_but_is_no_reopen(facts: Mapping[str, Row]) -> None:
    fact = facts["thanked"]
    assert fact["reopens_n"] == 0
    assert fact["is_one_touch"] is True
    assert fact["full_resolution_calendar_s"] == 4 * 3600


def test_nobody_waits_in_a_status_that_the_log_begins_with(facts: Mapping[str, Row]) -> None:
    row = facts["half a log"]
    assert (row["requester_wait_calendar_s"], row["agent_wait_calendar_s"]) == (0, 0)


def test_full_resolution_is_unknown_while_a_ticket_is_reopened(facts: Mapping[str, Row]) -> None:
    fact = facts["open again"]
    assert fact["first_resolution_calendar_s"] == 7_200
    assert fact["full_resolution_calendar_s"] is None
    assert fact["is_one_touch"] is None


@pytest.mark.parametrize(
    ("name", "frt_s", "business_s", "replies_n"),
    [
        ("unanswered", None, None, 0),
        ("by a bot", None, None, 0),
        ("by one who left", 300, 300, 1),
        ("after the solve", 7_200, 7_200, 1),
        ("opened by an agent", 1_200, 1_200, 2),
        ("never heard of again", None, None, 1),
        ("before opening", 7_800, 600, 1),
        ("called and mailed", None, None, 1),
    ],
)
def test_first_reply_is_the_first_human_public_one(
    facts: Mapping[str, Row], name: str, frt_s: int | None, business_s: int | None, replies_n: int
) -> None:
    fact = facts[name]
    assert fact["frt_calendar_s"] == frt_s
    assert fact["frt_business_s"] == business_s
    assert fact["replies_n"] == replies_n


def test_the_survivor_of_merges_keeps_the_earliest_creation(facts: Mapping[str, Row]) -> None:
    reasons = {name: fact["exclusion_reason"] for name, fact in facts.items()}
    assert reasons["chain 1"] == reasons["chain 2"] == reasons["circle 1"] == "merged"
    assert facts["chain 1"]["survivor_ticket_id"] == "chain 3"
    assert facts["chain 3"]["first_resolution_calendar_s"] == 3 * 3600
    assert reasons["chain 3"] is reasons["circle 2"] is reasons["itself"] is None
    # A merge after as_of has not happened, nor has a ticket of then been created.
    assert reasons["merged later"] is None
    assert reasons["created later"] == "after_as_of"


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("warm transfer", None),
        ("called twice", "several_contacts"),
        ("called and mailed", "several_contacts"),
        ("one chat", None),
        ("asked again by phone", "repeat_request"),
        ("asked about something else", None),
        ("asked again after a week", None),
        ("asked again without a topic", "repeat_request"),
        ("hung up at once", None),
    ],
)
def test_first_contact_resolution_looks_at_every_channel(
    facts: Mapping[str, Row], name: str, failure: str | None
) -> None:
    fact = facts[name]
    assert fact["fcr_exclusion_reason"] is None
    assert (fact["is_fcr"], fact["fcr_failure_reason"]) == (failure is None, failure)


def test_a_call_is_a_request_once_whoever_wrote_its_ticket_down(
    helpdesk: WarehouseUnderTest, facts: Mapping[str, Row]
) -> None:
    reasons = {
        name: facts[name]["fcr_exclusion_reason"]
        for name in ("rang up", "chatted", "was rung up", "voicemail")
    }
    assert reasons == {
        "rang up": None,
        "chatted": None,
        "was rung up": "not_customer_initiated",
        "voicemail": None,
    }
    cells = rows_by(helpdesk, "marts.service_kpi", "month", "team", "channel")
    assert cells[MARCH, "spoken", "all"]["request_volume"] == 3


def test_nobody_owes_a_letter_to_whom_somebody_spoke(helpdesk: WarehouseUnderTest) -> None:
    owed = helpdesk.query(
        "select ticket_id, is_breached from core.fct_sla_instance "
        "where team = 'spoken' and metric = 'first_reply'"
    )
    # Nobody spoke to the caller who left a message and heard no more.
    assert owed == [("voicemail", True)]


def test_dbt_tests_hold_and_find_something_to_look_at(helpdesk: WarehouseUnderTest) -> None:
    """Keys and identities on this helpdesk, and the unit tests of the formulas."""
    helpdesk.run_dbt(SERVICE, command="test")


def metric_values(warehouse: WarehouseUnderTest, month: date) -> dict[str, Decimal | None]:
    rows = warehouse.query(
        "select metric_id, value from core.metric_service "
        "where statistic = 'value' and dim_name = 'all' and period_start = ?",
        [month],
    )
    return dict(rows)


def test_queue_figures_follow_the_example_of_8_15(warehouse: WarehouseUnderTest) -> None:
    desk = Desk()
    for queue_s in (5, 20, 21, 90):
        desk.call("answered", queue_s)
    for queue_s in (3, 5, 60):
        desk.call("abandoned", queue_s)
    desk.call("blocked", None, block_cause="no_agents")
    desk.call("blocked", None, block_cause="network_fault")
    desk.call("after_hours", None)
    # A letter waits for a reply, not for somebody to pick up.
    desk.call("answered", 7_200, channel="email")
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    values = metric_values(warehouse, MARCH)
    offered = warehouse.query("select sum(offered_n), sum(answered_n) from marts.service_live")
    assert offered == [(6, 4)]
    assert values["service_level"] == Decimal("0.333333333")
    assert values["asa_s"] == 34
    assert values["avg_queue_wait_s"] == Decimal("33.5")
    assert values["abandonment_rate"] == Decimal("0.333333333")
    assert values["blocked_calls"] == 2
    assert values["blockage_rate"] == Decimal("0.25")
    assert values["reachability_rate"] == Decimal("0.5")
    assert values["request_volume"] == 7
    assert values["contact_volume_by_channel"] == 11


def test_backlog_follows_the_example_of_8_5(warehouse: WarehouseUnderTest) -> None:
    desk = Desk()
    for ticket_id, solved in (
        ("1", "03-05 12:00"), ("2", None), ("3", None), ("4", None), ("5", "04-02 12:00"),
    ):  # fmt: skip
        desk.ticket(ticket_id, "03-04 10:00", status="closed" if solved else "open")
        if solved:
            desk.status(ticket_id, (solved, "solved"))
    desk.ticket("solved some time", "03-04 10:00", status="closed")
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    assert metric_values(warehouse, MARCH)["ticket_backlog"] == 4
    assert metric_values(warehouse, date(2026, 4, 1))["ticket_backlog"] == 3
    assert metric_values(warehouse, date(2026, 6, 1))["ticket_backlog"] == 3


def test_tickets_alone_tell_what_they_know_and_no_more(warehouse: WarehouseUnderTest) -> None:
    deliver(
        warehouse,
        {
            "tickets": [
                ticket("solved", "03-02 10:00", solved_at=at("03-02 12:00"), customer_id="a"),
                ticket("reopened", "03-02 10:00", solved_at=at("03-02 12:00"), status="open"),
                ticket("tomorrow", "06-30 10:00", solved_at=at("07-01 12:00")),
            ]
        },
    )
    build_service(warehouse)
    facts = rows_by(warehouse, "core.fct_ticket", "ticket_id")
    solved = facts[("solved",)]
    assert solved["first_resolution_calendar_s"] == solved["full_resolution_calendar_s"] == 7_200
    assert solved["is_history_known"] is False
    for unknown in ("frt_calendar_s", "replies_n", "reopens_n", "transfers_n", "is_one_touch"):
        assert solved[unknown] is None
    assert (solved["is_fcr"], solved["fcr_exclusion_reason"]) == (None, "history_unknown")
    assert facts[("reopened",)]["first_solved_at"] == at("03-02 12:00")
    assert facts[("reopened",)]["last_solved_at"] is None
    assert facts[("tomorrow",)]["first_solved_at"] is None


def test_hours_that_cannot_be_read_name_the_team_and_say_what_to_write(
    warehouse: WarehouseUnderTest,
) -> None:
    deliver(
        warehouse,
        {
            "tickets": [ticket("t", "03-02 10:00", team="desk")],
            "teams": [{"team": "desk", "schedule": "mon-fri 22:00-06:00"}],
        },
    )
    with pytest.raises(AssertionError) as raised:
        build_service(warehouse)
    assert "team 'desk': schedule 'mon-fri 22:00-06:00'" in str(raised.value)
    assert "mon-fri 22:00-24:00, tue-sat 00:00-06:00" in str(raised.value)


def test_small_cells_and_small_teams_keep_their_row_and_lose_their_figures(
    warehouse: WarehouseUnderTest, tmp_path: Path
) -> None:
    desk = Desk()
    for number in range(5):
        desk.rows["agents_version"].append({"agent_id": f"a{number}", "team": "large"})
    desk.rows["agents_version"].append({"agent_id": "b", "team": "small"})
    for agent_id, calls_n in (("a0", 30), ("a1", 20), ("a2", 19), ("b", 30)):
        for _ in range(calls_n):
            desk.call("answered", 10, agent_id=agent_id, talk_seconds=100, is_resolved=True)
    deliver(warehouse, desk.rows)
    build_service(warehouse)
    shown = {
        (row["contacts_n"], row["team"], row["status"], row["asa_s"], row["resolved_n"])
        for row in rows_by(warehouse, "restricted.agent_kpi", "agent_key").values()
    }
    assert shown == {
        (30, "large", "ok", 10, 30),
        (20, "large", "low_n", 10, 20),
        (19, "large", "suppressed", None, None),
        (30, "small", "suppressed", None, None),
    }


def test_ratings_without_a_ticket_stand_where_their_agent_worked(
    warehouse: WarehouseUnderTest,
) -> None:
    desk = Desk()
    desk.rows["survey_questions"] = [
        {"question_id": "q", "instrument": "csat", "scale_min": 1, "scale_max": 5}
    ]
    desk.rows["survey_responses"] = []
    for number in range(20):
        desk.call("answered", 10, agent_id="ann", team="calls")
        desk.rows["survey_responses"].append(
            {
                "response_id": f"r{number}",
                "question_id": "q",
                "agent_id": "ann",
                "measurement_level": "journey",
                "score": 1 + number % 5,
                "submitted_at": at("03-11 10:00"),
                "channel": "sms",
            }
        )
    deliver(warehouse, desk.rows)
    build_service(warehouse, agent_min_team=1)
    (row,) = rows_by(warehouse, "restricted.agent_kpi", "agent_key").values()
    assert (row["team"], row["channel"], row["contacts_n"]) == ("calls", "phone", 20)
    assert (row["csat"], row["csat_n"], row["csat_mean_score"]) == (Decimal("0.4"), 20, 3)


def test_no_agent_id_leaves_core(helpdesk: WarehouseUnderTest) -> None:
    rows = rows_by(helpdesk, "restricted.agent_kpi", "month", "agent_key", "team", "channel")
    assert rows
    agents = {agent for (agent,) in helpdesk.query("select agent_id from core.dim_agent")}
    assert not agents & {value for row in rows.values() for value in row.values()}
