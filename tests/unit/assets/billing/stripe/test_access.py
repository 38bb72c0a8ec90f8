"""`mittaristo sources check` says which streams the key reaches, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.billing.stripe.options import KEY_VARIABLE, Options, read_options
from pipelines.settings import SettingsError
from simulator.company import AS_OF
from simulator.loopback import Served, serving
from simulator.stripe.account import Account
from simulator.stripe.server import Server
from tests.support.cli import check_sources


@pytest.fixture
def account() -> Account:
    return Account(now=AS_OF)


@pytest.fixture
def served(account: Account) -> Iterator[Served]:
    with serving(Server(account)) as served:
        yield served


@pytest.fixture
def sources(tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(KEY_VARIABLE, "rk_test_loopback")
    monkeypatch.setenv("MITTARISTO_HOME", str(tmp_path / "home"))
    file = tmp_path / "sources.toml"
    file.write_text(
        f'[stripe]\nbase_url = "{served.address}"\nstreams = ["customers", "invoices"]\n',
        encoding="utf-8",
    )
    return file


def test_a_key_that_reaches_everything(sources: Path, served: Served) -> None:
    assert check_sources(sources) == (
        0,
        [
            "ok   stripe customers: readable",
            "ok   stripe invoices: readable",
            "ok   stripe events: readable",
        ],
    )
    assert len(served.requests) == 3


def test_a_missing_scope_is_named(sources: Path, account: Account) -> None:
    account.scopes_missing.add("rak_invoice_read")
    code, lines = check_sources(sources)
    assert code == 1
    assert lines[0] == "ok   stripe customers: readable"
    assert lines[1] == (
        "FIX  stripe invoices: the key lacks rak_invoice_read; edit it in Stripe's dashboard, "
        "or leave the stream out"
    )


def test_an_unknown_key_is_asked_once_and_not_shown(
    sources: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "rk_test_another_one")
    code, lines = check_sources(sources)
    assert (code, len(lines), len(served.requests)) == (1, 1, 1)
    assert "STRIPE_API_KEY is not known to Stripe" in lines[0]
    assert "another_one" not in lines[0]


def test_a_missing_key_is_named(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    code, lines = check_sources(sources)
    assert code == 1
    assert "STRIPE_API_KEY is not in the environment" in " ".join(lines)


def test_without_a_section_nothing_is_asked(sources: Path, served: Served) -> None:
    sources.write_text("", encoding="utf-8")
    assert check_sources(sources)[0] == 0
    assert served.requests == []


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"url": "x"}, "unknown setting 'url'"),
        ({"base_url": "ftp://x"}, "base_url must be an address"),
        ({"streams": ["invoice"]}, "unknown stream 'invoice'; known are customers"),
        ({"start": "2023-01-01"}, "start must be a date without quotes"),
        ({"requests_per_second": 0}, "a whole number from 1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(section: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_options(section, {KEY_VARIABLE: "k"})


def test_the_key_is_not_in_what_is_printed_of_the_options() -> None:
    assert read_options({}, {KEY_VARIABLE: "secret"}) == Options(key="secret")
    assert "secret" not in repr(Options(key="secret"))
