"""The client against a server on the loopback interface, with the faults that real ones have."""

from __future__ import annotations

from pathlib import Path

import pytest
from urllib3.util import Retry

from assets.ecb import client
from assets.ecb.client import FetchError, Validators, fetch
from tests.support.rate_server import ETAG, LAST_MODIFIED, Script, packed, serving

TEXT = "Date,USD,\n2026-04-07,1.1010,\n"
AT_ONCE = Retry(total=3, status_forcelist=(429, 500, 503), allowed_methods=("GET",))


def test_a_zip_is_unpacked_and_remembered_by_its_version() -> None:
    with serving(Script(packed(TEXT))) as server:
        page = fetch(server.address, None, AT_ONCE)
    assert page is not None
    assert page.text == TEXT
    assert page.name == "eurofxref-hist.zip"
    assert page.validators == Validators(server.address, ETAG, LAST_MODIFIED)
    assert len(page.content_hash) == 64


def test_the_version_we_have_is_not_sent_again() -> None:
    with serving(Script(packed(TEXT))) as server:
        first = fetch(server.address, None, AT_ONCE)
        assert first is not None
        assert fetch(server.address, first.validators, AT_ONCE) is None
        assert server.asked[-1]["If-Modified-Since"] == LAST_MODIFIED
        elsewhere = Validators("http://elsewhere/rates.zip", ETAG, LAST_MODIFIED)
        assert fetch(server.address, elsewhere, AT_ONCE) == first
    assert len(server.asked) == 3


def test_plain_csv_without_versions_will_do() -> None:
    with serving(Script(TEXT.encode(), knows_versions=False)) as server:
        page = fetch(server.address, None, AT_ONCE)
    assert page is not None
    assert (page.text, page.validators.etag) == (TEXT, None)


@pytest.mark.parametrize("faults", [[500], [429, 503], [500, 500, 500]])
def test_a_passing_fault_is_tried_again(faults: list[int]) -> None:
    with serving(Script(packed(TEXT), faults=list(faults), retry_after="0")) as server:
        page = fetch(server.address, None, AT_ONCE)
    assert page is not None
    assert len(server.asked) == len(faults) + 1


@pytest.mark.parametrize(("faults", "requests_n"), [([500] * 9, 4), ([429] * 9, 4), ([404], 1)])
def test_a_lasting_fault_is_said(faults: list[int], requests_n: int) -> None:
    script = Script(packed(TEXT), faults=list(faults))
    with serving(script) as server, pytest.raises(FetchError, match=r"eurofxref-hist\.zip: "):
        fetch(server.address, None, AT_ONCE)
    assert len(script.asked) == requests_n


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (packed(TEXT)[:-30], "damaged"),
        (packed(TEXT)[:20], "damaged"),
        (b"\xff\xfe\x00", "not text"),
    ],
    # An archive holds its time, and workers have to agree on the names of tests.
    ids=["nothing", "cut at its end", "cut at its beginning", "no text"],
)
def test_a_damaged_file_is_said(content: bytes, says: str) -> None:
    with serving(Script(content)) as server, pytest.raises(FetchError, match=says):
        fetch(server.address, None, AT_ONCE)


def test_a_flood_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MAX_BYTES", 10)
    with serving(Script(TEXT.encode())) as server, pytest.raises(FetchError, match="more than 10"):
        fetch(server.address, None, AT_ONCE)
    with serving(Script(packed(TEXT)[:9])) as server, pytest.raises(FetchError):
        fetch(server.address, None, AT_ONCE)


def test_nobody_there_is_said() -> None:
    with serving(Script(b"")) as server:
        address = server.address
    with pytest.raises(FetchError, match="127.0.0.1"):
        fetch(address, None, Retry(total=0))


def test_a_path_is_read_like_an_address(tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    with pytest.raises(FetchError, match=r"rates\.csv: No such file"):
        fetch(str(file), None)
    file.write_text(TEXT, encoding="utf-8")
    page = fetch(str(file), None)
    assert page is not None
    assert (page.text, page.name) == (TEXT, "rates.csv")
