"""A warehouse holds what the account holds, whatever happened since and in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from assets.api.clock import SystemClock
from assets.api.source import SourceError
from simulator.loopback import Query, serving
from simulator.zendesk.account import Account, iso
from simulator.zendesk.server import Server
from tests.support.zendesk_account import (
    DAY_S,
    HOUR_S,
    NOW,
    Reads,
    calls,
    groups,
    live,
    organizations,
    streams,
    ticket_events,
    tickets,
    unhurried,
)


@pytest.fixture
def account() -> Account:
    account = Account(now=NOW)
    account.load("tickets", tickets(250))
    return account


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb", streams=streams("tickets"))


def reading_of(tmp_path: Path, *names: str) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb", streams=streams(*names))


# the export of tickets, by cursor


def test_tickets_come_with_their_metrics(account: Account, reads: Reads) -> None:
    with serving(unhurried(account, export_n=100)) as served:
        [reading] = reads.run(served.address)
    here = live(reads, "tickets")
    assert here == {str(t["id"]): t for t in account.objects["tickets"].values()}
    assert here["7"]["metric_set"]["ticket_id"] == 7
    assert (reading.kind, reading.pages_n, reading.records_n) == ("listing", 3, 250)
    assert (reading.source_n, reading.here_n) == (250, 250)


def test_nothing_new_is_one_request_and_no_row(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        asked = len(served.requests)
        [reading] = reads.run(served.address)
        assert len(served.requests) - asked == 1
    assert (reading.kind, reading.landed_n) == ("changes", 0)
    assert reads.query("select count(*) from raw_zendesk.tickets") == [(250,)]


def test_changes_of_people_and_of_the_system_come_as_new_versions(
    account: Account, reads: Reads
) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        reads.wait(account, HOUR_S)
        account.put("tickets", account.objects["tickets"][7] | {"status": "solved"})
        account.touch(8, metric_set={"ticket_id": 8, "reopens": 2})
        reads.wait(account, HOUR_S)
        reads.run(served.address)
    here = live(reads, "tickets")
    assert here["7"]["status"] == "solved"
    assert here["8"]["metric_set"]["reopens"] == 2
    # Its updated_at is older than the last run: it is no cursor.
    assert here["8"]["updated_at"] < iso(NOW - HOUR_S)
    assert reads.query("select cursor from raw_zendesk.tickets where load_id = 2 and id = '8'") == [
        (str(NOW + HOUR_S),)
    ]


def test_the_last_minute_is_left_for_the_next_run(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        account.put("tickets", account.objects["tickets"][7] | {"status": "solved"})
        reads.run(served.address)
        assert "7" not in reads.latest("tickets")
        reads.wait(account, 61)
        reads.run(served.address)
    assert live(reads, "tickets")["7"]["status"] == "solved"


def test_a_deleted_ticket_is_kept_restored_and_scrubbed(account: Account, reads: Reads) -> None:
    def pass_an_hour() -> str | None:
        reads.wait(account, HOUR_S)
        reads.run(served.address)
        payload, is_deleted = reads.latest("tickets")["9"]
        return payload if is_deleted else None

    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.delete_ticket(9)
        assert '"status":"deleted"' in str(pass_an_hour())
        account.restore_ticket(9)
        assert pass_an_hour() is None
        account.delete_ticket(9)
        pass_an_hour()
        account.scrub_ticket(9)
        assert "SCRUBBED" in str(pass_an_hour())
    assert reads.query("select count(*) from raw_zendesk.tickets where id = '9'") == [(5,)]


def test_a_sweep_finds_who_left_without_a_word_and_what_came_below_the_cursor(
    account: Account, reads: Reads
) -> None:
    late = tickets(251)[-1] | {"id": 999}
    account.load("tickets", [late])
    account.unseen["tickets", 999] = NOW + 10
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.remove("tickets", 11)
        account.delete_ticket(12)
        reads.wait(account, DAY_S)
        # The last in the export at the first run, so that 999 lies below the cursor.
        account.put("tickets", account.objects["tickets"][250])
        reads.run(served.address)
        assert "11" in live(reads, "tickets")
        reads.wait(account, 30 * DAY_S)
        [reading] = reads.run(served.address)
    assert (reading.kind, reading.source_n, reading.here_n, reading.deleted_n) == (
        "listing", 249, 249, 1,
    )  # fmt: skip
    assert "11" not in live(reads, "tickets")
    assert "999" in live(reads, "tickets")


def test_another_account_deletes_nothing(account: Account, reads: Reads) -> None:
    other = Account(now=NOW)
    other.load("tickets", [ticket | {"id": 5_000 + ticket["id"]} for ticket in tickets(3)])
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    reads.wait(other, 31 * DAY_S)
    with serving(unhurried(other)) as served, pytest.raises(SourceError, match="same account"):
        reads.run(served.address)
    assert len(live(reads, "tickets")) == 253


def test_a_cursor_that_is_known_no_more_is_followed_by_everything(
    account: Account, reads: Reads
) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        with reads.connect() as connection:
            connection.execute(
                "update meta.source_cursor set cursor = regexp_replace(cursor, 'cursor\":\"', "
                "'cursor\":\"***')"
            )
        [reading] = reads.run(served.address)
        assert (reading.kind, reading.here_n) == ("listing", 250)
        [reading] = reads.run(served.address)
    assert reading.kind == "changes"


def test_a_thousand_and_a_half_of_one_second(reads: Reads) -> None:
    account = Account(now=NOW)
    account.load("tickets", tickets(1_500, apart_s=0))
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        assert len(served.requests) == 2
    assert len(live(reads, "tickets")) == 1_500


@pytest.mark.parametrize("page", [1, 2])
def test_tickets_that_come_go_and_change_between_pages(
    account: Account, reads: Reads, page: int
) -> None:
    pages: list[Query] = []

    def meddle(query: Query) -> None:
        pages.append(query)
        if len(pages) == page + 1:
            reads.wait(account, HOUR_S)
            account.put("tickets", tickets(1)[0] | {"id": 777})
            account.put("tickets", account.objects["tickets"][1] | {"status": "solved"})
            account.put("tickets", account.objects["tickets"][249] | {"status": "solved"})
            account.delete_ticket(100)
            account.remove("tickets", 101)
            reads.wait(account, HOUR_S)

    with serving(unhurried(account, export_n=100, on_page=meddle)) as served:
        reads.run(served.address)
        reads.run(served.address)
        # What is gone without a word after it was read, the next sweep finds.
        reads.wait(account, 30 * DAY_S)
        reads.run(served.address)
    there = {str(t["id"]): t for t in account.objects["tickets"].values() if t["id"] != 100}
    assert live(reads, "tickets") == there
    assert reads.latest("tickets")["100"][1]


def test_the_start_date_leaves_out_old_tickets_and_no_user(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("tickets", [*tickets(2, NOW - 900 * DAY_S), *tickets(5)[2:]])
    account.load("users", [{"id": 1, "active": True, "updated_at": iso(NOW - 900 * DAY_S)}])
    reads = reading_of(tmp_path, "tickets", "users")
    reads.options["start"] = reads.clock.now().date().replace(year=2026, month=1, day=1)
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    assert set(live(reads, "tickets")) == {"3", "4", "5"}
    assert set(live(reads, "users")) == {"1"}


# exports by time


def test_an_export_by_time_repeats_borders_and_lands_each_event_once(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("ticket_events", ticket_events(250))
    reads = reading_of(tmp_path, "ticket_events")
    with serving(unhurried(account, export_n=100)) as served:
        [reading] = reads.run(served.address)
    assert (reading.records_n, reading.landed_n, reading.pages_n) == (252, 250, 3)
    assert reads.query("select count(*), count(distinct id) from raw_zendesk.ticket_events") == [
        (250, 250)
    ]


def test_comments_come_with_their_author_and_visibility(tmp_path: Path) -> None:
    account = Account(now=NOW)
    comment = {
        "id": 2, "event_type": "Comment", "via": "Mail", "via_reference_id": None,
        "author_id": 5, "public": False, "body": "b",
    }  # fmt: skip
    account.load("ticket_events", [ticket_events(1)[0] | {"child_events": [comment]}])
    reads = reading_of(tmp_path, "ticket_events")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    [child] = live(reads, "ticket_events")["1"]["child_events"]
    assert (child["author_id"], child["public"]) == (5, False)


def test_more_of_one_second_than_a_page_holds_are_all_there(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("ticket_events", ticket_events(1_500, apart_s=0))
    reads = reading_of(tmp_path, "ticket_events")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    assert len(live(reads, "ticket_events")) == 1_500


def test_an_event_that_appears_late_is_seen(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("ticket_events", ticket_events(20))
    account.unseen["ticket_events", 3] = NOW + 10
    reads = reading_of(tmp_path, "ticket_events")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        assert "3" not in reads.latest("ticket_events")
        reads.wait(account, HOUR_S)
        reads.run(served.address)
    assert "3" in reads.latest("ticket_events")
    assert reads.query("select count(*) from raw_zendesk.ticket_events") == [(20,)]


def test_organizations_come_by_time_with_those_that_were_deleted(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("organizations", organizations(230))
    account.load("organizations", [organizations(1)[0] | {"deleted_at": iso(NOW - DAY_S)}])
    reads = reading_of(tmp_path, "organizations")
    with serving(unhurried(account, export_n=100)) as served:
        [first] = reads.run(served.address)
        reads.wait(account, HOUR_S)
        account.put("organizations", organizations(1)[0] | {"id": 300})
        account.put("organizations", account.objects["organizations"][5] | {"name": "renamed"})
        gone = account.objects["organizations"][6] | {"deleted_at": iso(account.now)}
        account.put("organizations", gone)
        reads.wait(account, HOUR_S)
        [second] = reads.run(served.address)
    assert (first.kind, first.pages_n, first.source_n) == ("listing", 3, 229)
    assert (second.kind, second.landed_n) == ("changes", 3)
    here = live(reads, "organizations")
    assert (len(here), here["5"]["name"]) == (229, "renamed")
    assert [reads.latest("organizations")[id_][1] for id_ in ("1", "6")] == [True, True]


def test_calls_end_where_their_last_page_leads_back_to_itself(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("calls", calls(250))
    reads = reading_of(tmp_path, "calls")
    with serving(unhurried(account, export_n=100)) as served:
        reads.run(served.address)
        asked = len(served.requests)
        assert set(live(reads, "calls")) == {str(n) for n in range(1, 251)}
        reads.wait(account, HOUR_S)
        account.put("calls", account.objects["calls"][3] | {"talk_time": 60})
        reads.wait(account, HOUR_S)
        [reading] = reads.run(served.address)
    assert asked == 4
    assert reading.landed_n == 1
    assert live(reads, "calls")["3"]["talk_time"] == 60


def test_calls_of_one_second_do_not_hide_the_later_ones(tmp_path: Path) -> None:
    account = Account(now=NOW)
    later = [call | {"id": 1_000 + call["id"]} for call in calls(10, NOW - HOUR_S)]
    account.load("calls", [*calls(250, apart_s=0), *later])
    reads = reading_of(tmp_path, "calls")
    with serving(unhurried(account, export_n=100)) as served:
        reads.run(served.address)
    assert len(live(reads, "calls")) == 260


def test_a_stream_in_which_nothing_ever_happened_is_asked_for_the_same_again(
    tmp_path: Path,
) -> None:
    account = Account(now=NOW)
    reads = reading_of(tmp_path, "calls", "ticket_events", "tickets", "ticket_audits")
    with serving(unhurried(account)) as served:
        for _ in range(3):
            reads.run(served.address)
            reads.wait(account, HOUR_S)
        assert len(served.requests) == 12
        assert {q.one("start_time") for q in served.requests if "audits" not in q.path} == {"0"}
        account.load("calls", calls(2))
        reads.run(served.address)
    assert len(live(reads, "calls")) == 2


# lists


def test_small_lists_are_read_whole_each_time_and_show_who_left(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("groups", groups(130))
    reads = reading_of(tmp_path, "groups")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.remove("groups", 7)
        account.put("groups", account.objects["groups"][8] | {"deleted": True})
        account.put("groups", account.objects["groups"][9] | {"name": "renamed"})
        [reading] = reads.run(served.address)
    assert (reading.source_n, reading.here_n, reading.landed_n) == (128, 128, 3)
    here = live(reads, "groups")
    assert (len(here), here["9"]["name"]) == (128, "renamed")
    assert reads.latest("groups")["7"] == (None, True)
    assert '"deleted":true' in str(reads.latest("groups")["8"][0])


def test_a_group_that_moves_within_its_list_while_it_is_read_is_not_lost(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("groups", groups(130))
    reads = reading_of(tmp_path, "groups")
    pages: list[Query] = []

    def rename(query: Query) -> None:
        pages.append(query)
        if len(pages) == 4:
            # From the second page to the first one, which has been read.
            account.put("groups", account.objects["groups"][5] | {"name": "a"})

    with serving(unhurried(account, on_page=rename)) as served:
        reads.run(served.address)
        reads.run(served.address)
    assert len(live(reads, "groups")) == 130
    assert live(reads, "groups")["5"]["name"] == "a"


def test_schedules_come_with_their_holidays(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("schedules", [{"id": n, "name": "s", "updated_at": iso(NOW)} for n in (1, 2)])
    day = {"id": 9, "schedule_id": 2, "name": "Vappu", "start_date": "2026-05-01"}
    account.load("holidays", [day | {"end_date": "2026-05-01"}])
    reads = reading_of(tmp_path, "schedules")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    here = live(reads, "schedules")
    assert here["1"]["holidays"] == []
    assert [holiday["name"] for holiday in here["2"]["holidays"]] == ["Vappu"]


def test_ratings_that_change_later_come_again(tmp_path: Path) -> None:
    account = Account(now=NOW)
    rating = {"ticket_id": 1, "score": "offered", "created_at": iso(NOW - DAY_S)}
    rated = [rating | {"id": n, "updated_at": iso(NOW - DAY_S)} for n in range(1, 151)]
    account.load("satisfaction_ratings", rated)
    reads = reading_of(tmp_path, "satisfaction_ratings")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        reads.wait(account, DAY_S)
        account.put("satisfaction_ratings", rated[3] | {"score": "bad"})
        [reading] = reads.run(served.address)
    assert (reading.kind, reading.pages_n, reading.landed_n) == ("changes", 1, 1)
    assert live(reads, "satisfaction_ratings")["4"]["score"] == "bad"
    assert len(live(reads, "satisfaction_ratings")) == 150


def test_who_deleted_a_ticket_stays_known_when_the_list_forgets_it(
    account: Account, tmp_path: Path
) -> None:
    reads = reading_of(tmp_path, "deleted_tickets")
    account.delete_ticket(4)
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.remove("deleted_tickets", 4)
        reads.run(served.address)
    assert live(reads, "deleted_tickets")["4"]["previous_state"] == "open"


def test_audits_go_on_after_the_last_one_seen(tmp_path: Path) -> None:
    account = Account(now=NOW)
    audits = [{"id": n, "created_at": iso(NOW - DAY_S + n), "events": []} for n in range(1, 251)]
    account.load("ticket_audits", audits[:120])
    reads = reading_of(tmp_path, "ticket_audits")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.load("ticket_audits", audits)
        [reading] = reads.run(served.address)
    assert (reading.records_n, len(live(reads, "ticket_audits"))) == (130, 250)


def test_engagements_are_followed_by_two_values(tmp_path: Path) -> None:
    account = Account(now=NOW)
    rows = [
        {"engagement_id": f"{n:08X}", "engagement_start_time": iso(NOW - DAY_S + n // 3)[:-1]}
        for n in range(1, 41)
    ]
    account.load("engagements", rows[:33])
    reads = reading_of(tmp_path, "engagements")
    with serving(unhurried(account)) as served:
        [first] = reads.run(served.address)
        account.load("engagements", rows)
        [second] = reads.run(served.address)
    assert (first.pages_n, first.landed_n, second.landed_n) == (4, 33, 7)


# the whole


def test_increments_equal_one_full_load(tmp_path: Path) -> None:
    names = ("tickets", "ticket_events", "organizations", "groups", "calls")
    often = Reads(tmp_path / "often.duckdb", streams=streams(*names))
    once = Reads(tmp_path / "once.duckdb", often.clock, streams=streams(*names))
    account = Account(now=NOW)
    account.load("tickets", tickets(250))
    account.load("organizations", organizations(120))
    account.load("groups", groups(20))
    account.load("ticket_events", ticket_events(300))
    account.load("calls", calls(120))
    with serving(unhurried(account, export_n=100)) as served:
        for step in range(1, 5):
            often.run(served.address)
            often.wait(account, HOUR_S)
            for collection in ("tickets", "organizations", "calls", "groups"):
                for item in list(account.objects[collection].values())[step::10]:
                    account.put(collection, item | {"step": step})
            account.delete_ticket(step)
            account.remove("groups", step)
            account.put("ticket_events", ticket_events(1)[0] | {"id": 10_000 + step})
        often.wait(account, HOUR_S)
        often.run(served.address)
        once.run(served.address)
    for name in names:
        assert live(once, name)
        assert live(often, name) == live(once, name), name


def test_nothing_new_is_a_handful_of_requests_per_stream(tmp_path: Path) -> None:
    account = Account(now=NOW)
    account.load("tickets", tickets(250))
    account.load("calls", calls(250))
    account.load("ticket_events", ticket_events(250))
    account.load("groups", groups(20))
    reads = Reads(tmp_path / "warehouse.duckdb")
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        asked = len(served.requests)
        readings = reads.run(served.address)
        assert len(served.requests) - asked <= 14
    assert sum(reading.landed_n for reading in readings) == 0


def test_the_server_never_counts_more_than_the_limit_even_from_run_to_run(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A minute of two seconds.
    monkeypatch.setattr("assets.helpdesk.zendesk.reading.MINUTE_S", 2.0)
    now = int(SystemClock().now().timestamp())
    account.now = now
    account.load("tickets", tickets(250, now - DAY_S))
    reads = Reads(
        tmp_path / "warehouse.duckdb", SystemClock(), streams=streams("tickets"),
        exports_per_minute=3,
    )  # fmt: skip
    server = unhurried(account, export_n=60)
    with serving(server) as served:
        reads.run(served.address)
        reads.run(served.address)
        reads.run(served.address)
    assert len(served.requests) == 7
    assert served.most_in(2.0) <= 3


def test_too_many_requests_are_waited_out(account: Account, reads: Reads) -> None:
    class Impatient(Server):
        """A minute passes with every refusal."""

        def __call__(self, query: Query):  # type: ignore[no-untyped-def]
            answer = super().__call__(query)
            if answer.status == 429:
                self._exports["support"]._recent.clear()
                return replace(answer, headers={**answer.headers, "Retry-After": "7"})
            return answer

    server = Impatient(account, export_n=100, exports_per_minute=2)
    with serving(server) as served:
        reads.run(served.address)
    assert server.refused_n == 1
    assert [s for s in reads.clock.slept if s >= 7]  # type: ignore[attr-defined]
    assert len(live(reads, "tickets")) == 250


def test_the_account_of_readings_and_requests_adds_up(account: Account, reads: Reads) -> None:
    with serving(unhurried(account, export_n=100)) as served:
        reads.run(served.address)
        asked = len(served.requests)
    assert reads.query("select count(*) from meta.request") == [(asked,)]
    assert reads.query(
        "select kind, pages_n, records_n, landed_n, source_n, here_n, outcome from meta.stream_read"
    ) == [("listing", 3, 250, 250, 250, 250, "complete")]
    assert "loopback-token" not in str(reads.query("select * from meta.request"))
