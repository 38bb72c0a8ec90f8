"""`mittaristo sources check` says which streams the credentials reach, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.api.client import Basic, Bearer
from assets.api.clock import SystemClock
from assets.helpdesk.zendesk.options import (
    EMAIL_VARIABLE,
    OAUTH_VARIABLE,
    TOKEN_VARIABLE,
    read_options,
)
from assets.helpdesk.zendesk.streams import USUAL
from pipelines.settings import SettingsError
from simulator.loopback import Served, serving
from simulator.zendesk.account import Account
from simulator.zendesk.server import Server
from tests.support.cli import check_sources

KEYS = {EMAIL_VARIABLE: "admin@example.com", TOKEN_VARIABLE: "loopback-token"}


@pytest.fixture
def account() -> Account:
    return Account(now=int(SystemClock().now().timestamp()))


@pytest.fixture
def served(account: Account) -> Iterator[Served]:
    with serving(Server(account)) as served:
        yield served


@pytest.fixture
def sources(tmp_path: Path, served: Served, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(OAUTH_VARIABLE, raising=False)
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MITTARISTO_HOME", str(tmp_path / "home"))
    file = tmp_path / "sources.toml"
    file.write_text(f'[zendesk]\nbase_url = "{served.address}"\n', encoding="utf-8")
    return file


def test_credentials_that_reach_everything(sources: Path, served: Served) -> None:
    assert check_sources(sources) == (
        0,
        [f"ok   zendesk {stream.name}: readable" for stream in USUAL],
    )
    # Ratings are read in two ways.
    assert len(served.requests) == len(USUAL) + 1


def test_an_oauth_token_opens_as_well(
    sources: Path, monkeypatch: pytest.MonkeyPatch, served: Served
) -> None:
    monkeypatch.setenv(OAUTH_VARIABLE, "loopback-token")
    assert check_sources(sources)[0] == 0
    assert served.requests[0].headers["Authorization"] == "Bearer loopback-token"


def test_a_missing_scope_is_named(sources: Path, account: Account) -> None:
    account.scopes_missing |= {"ticket_events", "groups"}
    code, lines = check_sources(sources)
    assert code == 1
    said = {line.split(":")[0]: line for line in lines}
    assert said["ok   zendesk tickets"]
    assert "lack tickets:read of an administrator" in said["FIX  zendesk ticket_events"]
    assert "lack groups:read, or" in said["FIX  zendesk groups"]


def test_what_the_plan_does_not_have_is_named(sources: Path, account: Account) -> None:
    account.plans_missing |= {"calls"}
    code, lines = check_sources(sources)
    assert code == 1
    [said] = [line for line in lines if line.startswith("FIX")]
    assert "zendesk calls" in said
    assert "Talk part of the plan? Else leave the stream out" in said


def test_unknown_credentials_are_asked_once_and_not_shown(
    sources: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "another-one")
    code, lines = check_sources(sources)
    assert (code, len(lines), len(served.requests)) == (1, 1, 1)
    assert "Zendesk does not know them" in lines[0]
    assert "another-one" not in lines[0]


def test_missing_credentials_are_named(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    code, lines = check_sources(sources)
    assert code == 1
    assert "ZENDESK_EMAIL and ZENDESK_API_TOKEN" in " ".join(lines)


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({}, 'write account = "…"'),
        ({"account": "a", "url": "x"}, "unknown setting 'url'"),
        ({"account": "a", "streams": ["ticket"]}, "unknown stream 'ticket'; known are tickets"),
        ({"account": "a", "exports_per_minute": 0}, "a whole number from 1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(section: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_options(section, KEYS)


def test_the_account_is_the_name_before_zendesk_com_and_no_secret_is_printed() -> None:
    options = read_options({"account": "acme", "streams": ["engagements", "tickets"]}, KEYS)
    assert options.base_url == "https://acme.zendesk.com"
    assert [stream.name for stream in options.streams] == ["tickets", "engagements"]
    assert options.credentials == Basic("admin@example.com/token", "loopback-token")
    assert "loopback-token" not in repr(options) + repr(options.credentials)
    assert read_options({"account": "acme"}, {OAUTH_VARIABLE: "o"}).credentials == Bearer("o")
