"""The same helpdesk by files and by Zendesk's API: equal canonical tables, entity by entity.

simulator/zendesk writes the log's helpdesk in Zendesk's own words, which is the one way round, and
staging reads these, which is the other.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.business_calendar import parse_schedule
from pipelines.settings import Home
from simulator.company import AS_OF
from simulator.generate import simulate
from simulator.log import Log
from simulator.loopback import serving
from simulator.zendesk.account import Account
from simulator.zendesk.objects import fill
from tests.support.canonical import Calendar, Rows, company, differing, land_files
from tests.support.zendesk_account import STREAMS, Reads, unhurried

# With merged, deleted, spam and test tickets, bots, and calls that were blocked for either cause.
_CUSTOMERS, _SEED = 600, 1
_A_YEAR = 365 * 86_400

# Ids of Zendesk by what its records say themselves: tickets, agents and organizations carry the
# log's as their external_id. What Zendesk numbers without a word keeps the number.
NAMES = """
    create or replace temp table plain as
    select 'zendesk-' || id as known, payload->>'external_id' as name
    from raw_zendesk.users
    union
    select 'zendesk-' || id, payload->>'external_id' from raw_zendesk.organizations
    union
    select 'zendesk-' || id, payload->>'external_id' from raw_zendesk.tickets
"""
PLAIN_ID = """
    case
        when id in (select known from plain) then (select max(name) from plain where known = id)
        when id like 'zendesk-%' then cast(cast(substr(id, 9) as bigint) % 1000000000000 as varchar)
        when regexp_matches(id, '^[em][0-9]+$') then substr(id, 2)
        else id
    end
"""

# What an entity says by both ways. Left out is what has no place in Zendesk: teams without their
# history, contacts without their topics, sessions of chat that nobody took, a fault of the network
# as the cause of a blocked call, agents without a name, and all surveys but a ticket's rating,
# which is good or bad.
SAYINGS = {
    "customers": """
        select
            _(customer_id), name, customer_type, segment, region, branch, country,
            acquisition_source, business_id, coalesce(is_internal, false), created_at,
            coalesce(is_deleted, false)
        from _ where customer_id not like 'zendesk-user-%'
    """,
    # Strangers are people to Zendesk, and nobody to the log; some agents were people once.
    "people": """
        select
            _(person_id), _(customer_id), email, phone, coalesce(language, 'fi'), can_be_surveyed,
            coalesce(is_deleted, false)
        from _
        where _(person_id) is not null
            and person_id not in (select agent_id from canonical.agents)
    """,
    "agents": "select _(agent_id), name, team, role from _",
    "tickets": """
        select
            _(ticket_id), _(customer_id), _(person_id),
            case when channel in ('email', 'phone') then requester_address end, channel, topic,
            priority, team, _(agent_id), service, branch, created_at, created_by,
            first_assigned_at, solved_at, status, coalesce(is_spam, false),
            coalesce(is_test, false), _(merged_into_ticket_id), agent_marked_fcr
        from _
    """,
    "ticket_events": """
        select
            _(event_id), _(ticket_id), occurred_at, field,
            case when field = 'agent_id' then _(from_value) else from_value end,
            case when field in ('agent_id', 'merged_into') then _(to_value) else to_value end,
            case actor_type when 'agent' then _(actor_id) end,
            case when actor_type = 'agent' and actor_id is null then 'system' else actor_type end
        from _
    """,
    "messages": """
        select
            _(message_id), _(ticket_id), author_type, _(author_id), is_public, is_automated, sent_at
        from _
    """,
    "contacts": """
        select
            _(ticket_id), channel, direction, team, _(agent_id), _(person_id), started_at, outcome,
            nullif(block_cause, 'network_fault'), queue_seconds, talk_seconds,
            case channel when 'phone' then (hold_seconds, after_call_seconds) end
        from _ where channel = 'phone' or ticket_id is not null
    """,
    "sla_policies": """
        select
            channel, priority, metric, target_seconds, clock, pausing_statuses,
            coalesce(valid_from, timestamptz '2023-01-01 00:00:00+02')
        from _
    """,
    "survey_responses": """
        select
            _(ticket_id), _(any_value(person_id)), max(submitted_at),
            max_by(score >= (case question_id when 'zendesk-csat' then 2 else 4 end), submitted_at)
        from _ where question_id in ('zendesk-csat', 'csat-5') and ticket_id is not null
        group by ticket_id, question_id
    """,
}
HELPDESK = (
    "customers", "people", "teams", "agents", "tickets", "ticket_events", "messages", "contacts",
    "sla_policies", "survey_questions", "survey_responses",
)  # fmt: skip


@pytest.fixture(scope="module")
def log() -> Log:
    return simulate(_CUSTOMERS, _SEED)


@pytest.fixture(scope="module")
def by_files(
    tmp_path_factory: pytest.TempPathFactory, warehouse_template: Home, log: Log
) -> tuple[dict[str, Rows], Rows]:
    """What canonical says of the log's files, and of its teams."""
    folder = tmp_path_factory.mktemp("files")
    with company(folder / "home", warehouse_template) as built:
        land_files(built.warehouse, folder / "inbox", log, *HELPDESK)
        built.build()
        built.warehouse.connection.execute("create temp table plain (known varchar, name varchar)")
        return built.says(SAYINGS, PLAIN_ID), built.warehouse.query(
            "select team, time_zone, schedule, holidays from canonical.teams "
            "qualify row_number() over (partition by team order by valid_from desc nulls last) = 1 "
            "order by team"
        )


def test_files_and_api_give_the_same_helpdesk_at_once_and_bit_by_bit(
    tmp_path: Path, warehouse_template: Home, log: Log, by_files: tuple[dict[str, Rows], Rows]
) -> None:
    expected, teams = by_files
    assert all(len(rows) > 0 for rows in expected.values())
    account, clock = Account(now=AS_OF + 3_600 - _A_YEAR), Calendar()
    clock.passed = float(account.now)
    with company(tmp_path / "api", warehouse_template) as by_api:
        reads = Reads(by_api.warehouse.home.warehouse, clock, streams=READ)
        with serving(unhurried(account)) as served:
            fill(account, log)
            later = take_back(account, AS_OF - _A_YEAR)
            reads.run(served.address)
            first = by_api.build()
            account.now += _A_YEAR
            clock.passed += _A_YEAR
            for collection, items in later.items():
                account.load(collection, items)
            reads.run(served.address)
            second = by_api.build()
        assert (first.rebuild_canonical, second.rebuild_canonical) == (True, False)
        connection = by_api.warehouse.connection
        connection.execute(NAMES)
        bit_by_bit = by_api.says(SAYINGS, PLAIN_ID)
        by_api.build(is_full=True)
        at_once = by_api.says(SAYINGS, PLAIN_ID)
        assert by_api.warehouse.query("select count(*) from meta.row_account where "
                                      "rows_quarantined > 0") == [(0,)]  # fmt: skip
        found = by_api.warehouse.query(
            "select team, time_zone, schedule, holidays from canonical.teams order by team"
        )
    assert differing(expected, at_once) == {}
    assert differing(expected, bit_by_bit) == {}
    assert opening_hours(found) == opening_hours(teams)


# Events and audits tell the same; one of them is read.
READ = tuple(stream for stream in STREAMS if stream.name != "ticket_audits")


def opening_hours(teams: Rows) -> dict[tuple[str, date], Any]:
    """The hours of each team on each day of two years; Zendesk has no half days."""
    days = [date.fromordinal(n) for n in range(date(2025, 1, 1).toordinal(),
                                               date(2026, 12, 31).toordinal())]  # fmt: skip
    found = {}
    for team, time_zone, schedule, holidays in teams:
        hours = parse_schedule(time_zone, schedule, holidays)
        found |= {(team, day): hours.spans_on(day) for day in days if day not in HALF_DAYS}
    assert len(found) > 3_000
    return found


HALF_DAYS = {date(2025, 12, 23)}


def take_back(account: Account, until: int) -> dict[str, list[Any]]:
    """Make the account as it was, as far as it matters; returns what is to come by collection."""
    later: dict[str, list[Any]] = {}
    for collection in ("tickets", "ticket_events", "calls", "engagements", "satisfaction_ratings"):
        objects = account.objects[collection]
        later[collection] = [
            item for item in objects.values() if account.moved(collection, item) > until
        ]
        for item in later[collection]:
            del objects[item.get("engagement_id") or item["id"]]
    # Some tickets were not deleted yet either.
    later["tickets"] += [
        ticket | {"generated_timestamp": AS_OF}
        for ticket in account.objects["tickets"].values()
        if ticket["status"] == "deleted"
    ]
    # Open tickets that were to be solved, merged and deleted later, and ratings not yet given.
    created = [t for t in later["tickets"] if _seconds(t["created_at"]) <= until]
    assert {"closed", "deleted"} <= {ticket["status"] for ticket in created}
    account.load(
        "tickets",
        [
            ticket | {
                "status": "open", "tags": [], "generated_timestamp": _seconds(ticket["created_at"]),
                "updated_at": ticket["created_at"], "assignee_id": None,
                "metric_set": ticket["metric_set"] | {"solved_at": None},
            }
            for ticket in created
        ],
    )  # fmt: skip
    # Who answers today was a customer then.
    promoted = [user for user in account.objects["users"].values() if user["role"] == "agent"][:4]
    later["users"] = [user | {"updated_at": "2026-06-30T00:00:00Z"} for user in promoted]
    account.load("users", [user | {"role": "end-user", "role_type": None} for user in promoted])
    return later


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
