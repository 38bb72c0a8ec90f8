"""Stripe's bad days: raw ends as after a good one, or the run says what is wrong and goes on later.

The whole matrix for one stream of the paging kind (starting_after), the faults of pages for each
other stream, and kills at every boundary of the landing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from assets.api.source import SourceError
from assets.billing.stripe.streams import STREAMS
from simulator.company import AS_OF
from simulator.loopback import Fault, Served, serving
from simulator.stripe.account import Account
from tests.support.clock import FakeClock
from tests.support.faults import LASTING_ANYWHERE, LASTING_IN_LISTS, at_page, passing
from tests.support.kills import BOUNDARIES, is_killed
from tests.support.stripe_account import Reads, customers, small_account, unhurried

PATH = "/v1/customers"
CUSTOMERS_N = 250
CUSTOMERS = tuple(stream for stream in STREAMS if stream.name == "customers")
SECOND_PAGE = 2

PASSING = passing(AS_OF) | {
    "409 lock timeout": Fault("status", status=409),
    "400 that Stripe says to repeat": Fault(
        "status", status=400, headers={"Stripe-Should-Retry": "true"}
    ),
}
LASTING = (
    LASTING_ANYWHERE
    | LASTING_IN_LISTS
    | {
        "token expired": (Fault("status", status=401), "Stripe does not know the key"),
        "scope revoked": (Fault("status", status=403), "the key lacks rak_customer_read"),
    }
)


@pytest.fixture
def account() -> Account:
    account = Account(now=AS_OF)
    account.load(*customers(CUSTOMERS_N))
    return account


@pytest.fixture
def reads(tmp_path: Path) -> Reads:
    return Reads(tmp_path / "warehouse.duckdb", streams=CUSTOMERS)


@pytest.mark.parametrize("page", [1, SECOND_PAGE, 3])
@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_leaves_no_trace(
    account: Account, reads: Reads, name: str, page: int
) -> None:
    if name == "page served twice" and page == 1:
        pytest.skip("nothing was served before the first page")
    with serving(unhurried(account), [at_page(PASSING[name], PATH, page)]) as served:
        reads.run(served.address, records_per_chunk=100)
    assert_whole(account, reads)
    # Each page landed once: what was read again was not a page.
    assert reads.query(
        "select pages_n, records_n, landed_n from meta.stream_read where stream = 'customers'"
    ) == [(3, CUSTOMERS_N, CUSTOMERS_N)]


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts_fails_clearly_and_the_next_run_goes_on(
    account: Account, reads: Reads, name: str
) -> None:
    fault, message = LASTING[name]
    faults = [at_page(fault, PATH, SECOND_PAGE, times=1_000)]
    with serving(unhurried(account), faults) as served:
        with pytest.raises(SourceError, match=f"stripe customers: .*{message}"):
            reads.run(served.address, records_per_chunk=100)
        assert len(served.requests) < 30
    # The page before is here with its cursor, nothing of the one that failed.
    assert reads.query("select count(*) from raw_stripe.customers") == [(100,)]
    assert message in str(reads.query("select outcome from meta.stream_read"))
    with serving(unhurried(account)) as served:
        reads.run(served.address, records_per_chunk=100)
        listed = [q.one("starting_after") for q in served.requests if q.path == PATH]
    assert listed == ["cus_00150", "cus_00050"]
    assert_whole(account, reads)


@pytest.mark.parametrize("stream", [s.name for s in STREAMS if s.name != "customers"])
def test_every_other_stream_survives_the_faults_of_pages(tmp_path: Path, stream: str) -> None:
    chosen = tuple(s for s in STREAMS if s.name == stream)
    account = small_account()
    reads = Reads(tmp_path / "warehouse.duckdb", streams=chosen)
    kinds = ("cut_json", "html", "reset", "truncated")
    faults = [Fault(kind, f"/v1/{stream}", at) for at, kind in enumerate(kinds, 1)]
    faults.append(Fault("previous", f"/v1/{stream}", 6))
    with serving(unhurried(account), faults) as served:
        reads.run(served.address, records_per_chunk=100)
    assert {i for i, (_, gone) in reads.latest(stream).items() if not gone} == {
        item["id"] for item in account.listed(stream)
    }
    assert reads.latest(stream)


def test_one_stream_that_fails_keeps_no_other_from_landing(tmp_path: Path) -> None:
    account = small_account()
    account.scopes_missing.add("rak_invoice_read")
    reads = Reads(tmp_path / "warehouse.duckdb")
    with (
        serving(unhurried(account)) as served,
        pytest.raises(
            SourceError, match="stripe invoices: the key lacks rak_invoice_read"
        ) as error,
    ):
        reads.run(served.address)
    assert len(error.value.problems) == 2
    assert len(reads.latest("customers")) == len(account.listed("customers"))
    assert reads.latest("invoices") == {}
    account.scopes_missing.clear()
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    assert len(reads.latest("invoices")) == len(account.listed("invoices"))


def test_a_fault_in_the_feed_loses_no_change(account: Account, reads: Reads) -> None:
    with serving(unhurried(account)) as served:
        reads.run(served.address)
    account.now += 60
    for n in range(150):
        account.put(account.objects["customers"][f"cus_{n:05d}"] | {"n": 1})
    with (
        serving(unhurried(account), [Fault("status", f"{PATH}/", 120, 1_000, 503)]) as served,
        pytest.raises(SourceError, match="stripe events: "),
    ):
        reads.run(served.address)
    assert reads.query("select count(*) from raw_stripe.events") == [(100,)]
    with serving(unhurried(account)) as served:
        reads.run(served.address)
        fetched = [q for q in served.requests if q.path.startswith(f"{PATH}/")]
    assert len(fetched) == 50
    assert_whole(account, reads)


def assert_whole(account: Account, reads: Reads) -> None:
    """Exactly the account's customers, each once."""
    there = {item["id"]: item for item in account.listed("customers")}
    here = {
        id_: orjson.loads(payload or "") for id_, (payload, _) in reads.latest("customers").items()
    }
    assert here == there
    assert len(here) == CUSTOMERS_N


@pytest.fixture
def served(account: Account) -> Iterator[Served]:
    with serving(unhurried(account)) as served:
        yield served


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_kill_loses_nothing_and_doubles_nothing(
    account: Account, tmp_path: Path, served: Served, boundary: str, at: int
) -> None:
    file = tmp_path / "warehouse.duckdb"
    dying = Reads(file, FakeClock(), streams=CUSTOMERS)
    died = is_killed(lambda: dying.run(served.address, records_per_chunk=100), boundary, at)
    assert died or "listing" in boundary
    reads = Reads(file, FakeClock(), streams=CUSTOMERS)
    reads.run(served.address, records_per_chunk=100)
    assert_whole(account, reads)
    assert reads.query("select count(*) from raw_stripe.customers") == [(CUSTOMERS_N,)]
    assert reads.query("select count(*) from meta.listed_id") == [(0,)]
