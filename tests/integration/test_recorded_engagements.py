"""Chats that a Zendesk account recorded, through the contract's files, beside plain arithmetic.

Some 1 261 messaging engagements of the spring of 2025, in which Easter, Vappu and Midsummer fall.
They are no part of the project: they are looked for under MITTARISTO_SHARED (a folder that holds
data/zendesk_recordings), which is the folder `shared` beside the project by default, and the test
is skipped where they are missing.
"""

from __future__ import annotations

import csv
import json
import os
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipelines.contract import PROJECT_DIR
from pipelines.settings import Home
from tests.support.brute_service import Hours, MinuteWalk
from tests.support.build import build as build_canonical
from tests.support.build import deliver as load_files
from tests.support.dbt import WarehouseUnderTest, open_copy
from tests.support.service import build_service, rows_by

SHARED = Path(os.environ.get("MITTARISTO_SHARED", PROJECT_DIR.parent / "shared"))
RECORDING = SHARED / "data" / "zendesk_recordings" / "engagements.jsonl"
HELSINKI = ZoneInfo("Europe/Helsinki")
AS_OF = datetime(2025, 7, 1, 12, tzinfo=UTC)
TARGET_S = 20
KEY = ("month", "team", "channel", "priority", "topic")

pytestmark = pytest.mark.skipif(
    not RECORDING.exists(), reason=f"no {RECORDING.name}; set MITTARISTO_SHARED"
)


class Chat:
    """One engagement, as it was recorded."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.id = str(row["engagement_id"])
        self.ticket = str(row["ticket_id"])
        self.team, self.agent = str(row["group_id"]), str(row["agent_id"])
        self.requester = str(row["requester_id"])
        # No zone is told: UTC, as in a file of the contract.
        self.since = datetime.fromisoformat(row["engagement_start_time"]).replace(tzinfo=UTC)
        self.until = datetime.fromisoformat(row["engagement_end_time"]).replace(tzinfo=UTC)
        self.queue_s = int(row["offer_time_seconds"])
        self.talk_s = int((self.until - self.since).total_seconds()) - self.queue_s
        self.before, self.after = (
            row["ticket_status_start"].lower(),
            row["ticket_status_end"].lower(),
        )

    @property
    def is_deleted(self) -> bool:
        return self.after == "deleted"


def recorded() -> list[Chat]:
    """Each engagement once, though pages repeat them."""
    rows: dict[str, dict[str, Any]] = {}
    for line in RECORDING.read_text(encoding="utf-8").splitlines():
        body = json.loads(line)["body"] or {}
        for row in body.get("agent_engagement_data") or []:
            rows[row["engagement_id"]] = row
    return [Chat(row) for row in rows.values()]


def _csv(rows: list[dict[str, Any]]) -> str:
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def contract_files(chats: list[Chat]) -> dict[str, str]:
    """A chat is a contact and the ticket that it ended."""
    told = "%Y-%m-%dT%H:%M:%S"
    return {
        "contacts.csv": _csv(
            [
                {"contact_id": chat.id, "ticket_id": chat.ticket, "channel": "chat",
                 "direction": "inbound", "queue": chat.team, "team": chat.team,
                 "agent_id": chat.agent, "started_at": chat.since.strftime(told),
                 "outcome": "answered", "queue_seconds": chat.queue_s,
                 "talk_seconds": chat.talk_s}
                for chat in chats
            ]
        ),
        "tickets.csv": _csv(
            [
                {"ticket_id": chat.ticket, "requester_address": chat.requester, "channel": "chat",
                 "team": chat.team, "agent_id": chat.agent, "status": chat.after,
                 "created_at": chat.since.strftime(told)}
                for chat in chats
            ]
        ),
        "ticket_events.csv": _csv(
            [
                {"event_id": f"e{number}", "ticket_id": chat.ticket, "field": "status",
                 "occurred_at": chat.until.strftime(told), "from_value": chat.before,
                 "to_value": chat.after}
                for number, chat in enumerate(chats)
            ]
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def built(
    warehouse_template: Home, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WarehouseUnderTest]:
    folder = tmp_path_factory.mktemp("engagements")
    with open_copy(warehouse_template, Home(folder / "home")) as warehouse:
        load_files(warehouse, folder / "inbox", contract_files(recorded()))
        build_canonical(warehouse)
        warehouse.set_context(as_of=AS_OF)
        build_service(warehouse)
        yield warehouse


def month_of(instant: datetime) -> date:
    return instant.astimezone(HELSINKI).date().replace(day=1)


def midnight_after(month: date) -> datetime:
    following = (month + timedelta(days=31)).replace(day=1)
    return datetime(following.year, following.month, 1, tzinfo=HELSINKI)


def test_the_figures_are_those_of_plain_arithmetic(built: WarehouseUnderTest) -> None:
    chats = recorded()
    assert len(chats) > 1_000
    company = {
        key[0]: row
        for key, row in rows_by(built, "marts.service_kpi", *KEY).items()
        if key[1:] == ("all",) * 4
    }
    came: dict[date, list[Chat]] = defaultdict(list)
    for chat in chats:
        came[month_of(chat.since)].append(chat)
    assert set(company) == set(came)
    walk = MinuteWalk(Hours(), min(chat.since for chat in chats), AS_OF)
    for month, of_month in came.items():
        row = company[month]
        kept = [chat for chat in of_month if not chat.is_deleted]
        solved = [c for c in chats if not c.is_deleted and month_of(c.until) == month]
        calendar = [int((chat.until - chat.since).total_seconds()) for chat in solved]
        business = [walk.seconds(chat.since, chat.until) for chat in solved]
        work = [chat.talk_s for chat in solved]
        edge = midnight_after(month)
        expected = {
            "contact_volume_by_channel": len(of_month),
            "request_volume": len(kept),
            "ticket_backlog": sum(chat.since < edge <= chat.until for chat in chats),
            "clearance_rate": len(solved) / len(kept),
            "service_level": statistics.fmean(chat.queue_s <= TARGET_S for chat in of_month),
            "asa_s": statistics.fmean(chat.queue_s for chat in of_month),
            "avg_queue_wait_s": statistics.fmean(chat.queue_s for chat in of_month),
            "reachability_rate": 1,
            "abandonment_rate": 0,
            "aht_s": statistics.fmean(chat.talk_s for chat in of_month),
            "work_time_per_resolution_s": statistics.fmean(work),
            "aht_case_incl_queue_s": statistics.fmean(c.talk_s + c.queue_s for c in solved),
            "art_mean_s_calendar": statistics.fmean(calendar),
            "art_median_s_calendar": statistics.median(calendar),
            "art_p90_s_calendar": statistics.quantiles(calendar, n=10, method="inclusive")[-1],
            "art_mean_s": statistics.fmean(business),
            "art_median_s": statistics.median(business),
            "first_resolution_p90_s": statistics.quantiles(business, n=10, method="inclusive")[-1],
            "requester_wait_mean_s": statistics.fmean(business),
            "agent_wait_mean_s": 0,
        }  # fmt: skip
        for name, value in expected.items():
            assert float(row[name]) == pytest.approx(value, abs=1e-6), (month, name)
        # Nobody delivered what was written, so nobody knows who replied when.
        for name in ("frt_s", "fcr", "one_touch_rate", "open_cases", "reopen_rate"):
            assert row[name] is None, (month, name)


def test_quarters_of_an_hour_hold_who_came_in_them(built: WarehouseUnderTest) -> None:
    expected = Counter(
        chat.since.replace(minute=chat.since.minute // 15 * 15, second=0) for chat in recorded()
    )
    found = dict(built.query("select slot_at, offered_n from marts.service_live"))
    assert {slot.astimezone(UTC): n for slot, n in found.items()} == expected


def test_the_only_agent_of_a_small_team_is_shown_to_nobody(built: WarehouseUnderTest) -> None:
    rows = built.query(
        "select status, contacts_n, asa_s, aht_s from restricted.agent_kpi order by month"
    )
    assert rows
    assert {row[0] for row in rows} <= {"suppressed", "immature"}
    assert sum(row[1] for row in rows) == len(recorded())
    assert {row[2:] for row in rows} == {(None, None)}
