"""A warehouse holds what the account holds, whatever happened since and in between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from assets.api.clock import SystemClock
from assets.api.source import SourceError
from assets.billing.stripe.streams import STREAMS
from simulator.company import AS_OF
from simulator.loopback import Query, serving
from simulator.stripe.account import Account
from simulator.stripe.server import Server
from tests.support.stripe_account import Reads, customers, small_account, unhurried

CUSTOMERS = tuple(stream for stream in STREAMS if stream.name == "customers")
_DAY = 86_400


@pytest.fixture
def account() -> Account:
    account = Account(now=AS_OF)
    account.load(*customers(250))
    return account


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb", streams=CUSTOMERS)


def live(reads: Reads, stream: str = "customers") -> dict[str, Any]:
    return {
        id_: orjson.loads(payload or "null")
        for id_, (payload, is_deleted) in reads.latest(stream).items()
        if not is_deleted
    }


def test_every_stream_is_whole(tmp_path: Path) -> None:
    account = small_account()
    reads = Reads(tmp_path / "warehouse.duckdb")
    with serving(unhurried(account, embedded_n=1)) as served:
        reads.run(served.address)
    for stream in STREAMS:
        there = {item["id"]: item for item in account.listed(stream.name)}
        here = live(reads, stream.name)
        assert here.keys() == there.keys()
        assert here
    # What the server shows only when asked, cut short or as an id, is here in full.
    there = account.objects
    for name in ("invoices", "subscriptions", "credit_notes", "prices"):
        assert live(reads, name) == there[name]
    lines = [len(item["lines"]["data"]) for item in live(reads, "invoices").values()]
    assert max(lines) > 1
    assert any(item.get("tiers") for item in live(reads, "prices").values())


def test_nothing_new_is_a_handful_of_requests_and_no_row(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        rows = reads.query("select count(*) from raw_stripe.customers")
        asked = len(served.requests)
        readings = reads.run(served.address)
        assert len(served.requests) - asked == 1
    assert [reading.kind for reading in readings] == ["feed"]
    assert reads.query("select count(*) from raw_stripe.customers") == rows == [(250,)]


def test_the_feed_brings_what_is_new_changed_and_deleted(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.now += 60
        account.put(account.objects["customers"]["cus_00007"] | {"n": 1})
        account.put({**customers(1)[0], "id": "cus_new", "created": account.now}, "created")
        account.delete("customer", "cus_00009")
        reads.run(served.address)
    here = live(reads)
    assert len(here) == 250
    assert here["cus_00007"]["n"] == 1
    assert "cus_new" in here
    assert reads.latest("customers")["cus_00009"][1]
    assert reads.query("select count(*) from raw_stripe.customers") == [(253,)]
    assert reads.query("select count(*) from raw_stripe.events") == [(3,)]


def test_increments_equal_one_full_load(tmp_path: Path) -> None:
    account = small_account()
    often, once = Reads(tmp_path / "often.duckdb"), Reads(tmp_path / "once.duckdb")
    with serving(unhurried(account, embedded_n=1)) as served:
        for step in range(4):
            often.run(served.address)
            account.now += 3_600
            for stream in ("invoices", "subscriptions", "prices", "coupons"):
                for item in account.listed(stream)[step::20]:
                    account.put(item | {"metadata": {"step": str(step)}})
            account.delete("customer", account.listed("customers")[step]["id"])
        often.run(served.address)
        once.run(served.address)
    assert live(once, "invoices")
    for stream in STREAMS:
        assert live(often, stream.name) == live(once, stream.name), stream.name


def test_an_event_that_appears_late_is_seen(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.now += 1_000
        account.put(account.objects["customers"]["cus_00001"] | {"n": 1})
        reads.run(served.address)
        account.now -= 300
        account.put(account.objects["customers"]["cus_00002"] | {"n": 1})
        reads.run(served.address)
    assert live(reads)["cus_00002"]["n"] == 1


def test_an_object_that_appears_later_than_its_event_is_waited_for(
    account: Account, reads: Reads
) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.put({**customers(1)[0], "id": "cus_new", "created": account.now}, "created")
        account.unseen["cus_new"] = 2
        reads.run(served.address)
    assert "cus_new" in live(reads)


def test_after_a_gap_in_the_feed_everything_is_listed_again(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.put(account.objects["customers"]["cus_00003"] | {"n": 1})
        account.delete("customer", "cus_00004")
        account.now += 31 * _DAY
        reads.clock.sleep(31 * _DAY)
        account.forget_events(account.now - 30 * _DAY)
        readings = reads.run(served.address)
    assert [reading.kind for reading in readings] == ["position", "listing", "feed"]
    assert live(reads)["cus_00003"]["n"] == 1
    assert reads.latest("customers")["cus_00004"][1]
    assert reads.query("select count(*) from raw_stripe.customers") == [(252,)]


def test_a_quiet_account_has_no_gap(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        for _ in range(10):
            reads.clock.sleep(6 * _DAY)
            kinds = [reading.kind for reading in reads.run(served.address)]
            assert "position" not in kinds


def test_a_sweep_finds_deletions_that_nobody_told_and_resurrects_nobody(
    account: Account, reads: Reads
) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        account.delete("customer", "cus_00011", is_told=False)
        reads.run(served.address)
        assert "cus_00011" in live(reads)
        reads.clock.sleep(8 * _DAY)
        listing, feed = reads.run(served.address)
    assert (listing.kind, listing.source_n, listing.here_n, listing.deleted_n) == (
        "listing", 249, 249, 1,
    )  # fmt: skip
    assert feed.kind == "feed"
    assert "cus_00011" not in live(reads)


def test_another_account_deletes_nothing(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    other = Account(now=AS_OF)
    other.load(*({**item, "id": f"{item['id']}x"} for item in customers(3)))
    reads.clock.sleep(8 * _DAY)
    with serving(unhurried(other)) as served, pytest.raises(SourceError, match="same account"):
        reads.run(served.address)
    assert len(live(reads)) == 253


@pytest.mark.parametrize("page", [1, 2])
def test_rows_that_come_go_and_change_between_pages(
    account: Account, reads: Reads, page: int
) -> None:
    lists: list[Query] = []

    def meddle(query: Query) -> None:
        lists.append(query)
        if query.path == "/v1/customers" and sum(q.path == query.path for q in lists) == page + 1:
            account.now += 10
            account.put({**customers(1)[0], "id": "cus_new", "created": account.now}, "created")
            account.put(account.objects["customers"]["cus_00001"] | {"n": 1})
            account.put(account.objects["customers"]["cus_00248"] | {"n": 1})
            # The last one of the page before: the next page is asked for after it.
            account.delete("customer", query.one("starting_after") or "")

    with serving(unhurried(account, on_list=meddle)) as served:
        reads.run(served.address)
    there = {item["id"]: item for item in account.listed("customers")}
    assert live(reads) == there
    assert len(there) == 250


def test_a_thousand_and_a_half_of_one_second(reads: Reads) -> None:
    account = Account(now=AS_OF)
    account.load(*customers(1_500))
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    assert len(live(reads)) == 1_500


def test_the_start_date_leaves_out_old_invoices_and_no_customer(tmp_path: Path) -> None:
    account = small_account()
    newest = account.listed("invoices")[0]["created"]
    reads = Reads(tmp_path / "warehouse.duckdb")
    start = reads.clock.now().date().replace(year=2026, month=1, day=1)
    reads.options["start"] = start
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    created = [item["created"] for item in live(reads, "invoices").values()]
    assert (min(created) >= 1_767_225_600, max(created)) == (True, newest)
    assert len(live(reads)) == len(account.listed("customers"))


def test_the_server_never_counts_more_than_the_limit(account: Account, tmp_path: Path) -> None:
    reads = Reads(
        tmp_path / "warehouse.duckdb", SystemClock(), streams=CUSTOMERS, requests_per_second=3
    )
    account.load(*({**item, "id": f"{item['id']}y"} for item in customers(300)))
    server = Server(account, requests_per_second=3)
    with serving(server) as served:
        reads.run(served.address)
    assert len(served.requests) == 8
    assert served.most_in(1.0) <= 3
    assert server.refused_n == 0


def test_the_account_of_readings_and_requests_adds_up(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        asked = len(served.requests)
    assert reads.query("select count(*) from meta.request") == [(asked,)]
    assert reads.query(
        "select kind, pages_n, records_n, landed_n, source_n, here_n, outcome "
        "from meta.stream_read where stream = 'customers'"
    ) == [("listing", 3, 250, 250, 250, 250, "complete")]
    assert "rk_test_loopback" not in str(reads.query("select * from meta.request"))
