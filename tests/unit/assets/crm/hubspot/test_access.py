"""`mittaristo sources check` says which streams the token reaches, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.api.client import Bearer
from assets.api.oauth import RefreshToken
from assets.crm.hubspot.options import OAUTH_VARIABLES, TOKEN_VARIABLE, Options, read_options
from assets.crm.hubspot.streams import LINKS, STREAMS
from pipelines.settings import SettingsError
from simulator.hubspot.portal import Portal
from simulator.loopback import Served, serving
from tests.support.cli import check_sources
from tests.support.hubspot_portal import small_portal, unhurried


@pytest.fixture
def portal() -> Portal:
    return small_portal()


@pytest.fixture
def served(portal: Portal) -> Iterator[Served]:
    with serving(unhurried(portal)) as served:
        yield served


@pytest.fixture
def sources(
    tmp_path: Path, portal: Portal, served: Served, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv(TOKEN_VARIABLE, portal.token)
    monkeypatch.setenv("MITTARISTO_HOME", str(tmp_path / "home"))
    file = tmp_path / "sources.toml"
    file.write_text(f'[hubspot]\nbase_url = "{served.address}"\n', encoding="utf-8")
    return file


def test_a_token_that_reaches_everything(sources: Path, served: Served) -> None:
    assert check_sources(sources) == (
        0,
        [f"ok   hubspot {stream.name}: readable" for stream in STREAMS],
    )
    assert len(served.requests) == len(STREAMS)


def test_a_missing_scope_is_named_for_each_stream_that_needs_it(
    sources: Path, portal: Portal
) -> None:
    portal.scopes_missing.add("crm.objects.line_items.read")
    code, lines = check_sources(sources)
    assert code == 1
    told = (
        "the app lacks crm.objects.line_items.read; add it in HubSpot's settings of the app, or "
        "leave the stream out"
    )
    assert [line for line in lines if not line.startswith("ok ")] == [
        f"FIX  hubspot line_items: {told}",
        f"FIX  hubspot associations_deals_line_items: {told}",
    ]


def test_an_unknown_token_is_asked_once_and_not_shown(
    sources: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "pat-eu1-another-one")
    code, lines = check_sources(sources)
    assert (code, len(lines), len(served.requests)) == (1, 1, 1)
    assert "HubSpot does not know the token of HUBSPOT_ACCESS_TOKEN" in lines[0]
    assert "another-one" not in lines[0]


def test_a_missing_token_is_named(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    code, lines = check_sources(sources)
    assert code == 1
    assert "HUBSPOT_ACCESS_TOKEN is not in the environment" in " ".join(lines)


def test_an_app_with_oauth_is_checked_with_a_token_it_fetches(
    sources: Path, portal: Portal, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE)
    for name, value in zip(OAUTH_VARIABLES, ("id", "hush", portal.refresh_token), strict=True):
        monkeypatch.setenv(name, value)
    assert check_sources(sources)[0] == 0
    assert [query.path for query in served.requests].count("/oauth/v3/token") == 1
    monkeypatch.setenv(OAUTH_VARIABLES[-1], "revoked")
    code, [line] = check_sources(sources)
    assert code == 1
    assert "the refresh token is not accepted" in line


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"url": "x"}, "unknown setting 'url'"),
        ({"base_url": "ftp://x"}, "base_url must be an address"),
        ({"account": "24601"}, "account must be the account's number"),
        ({"streams": ["company"]}, "unknown stream 'company'; known are companies"),
        ({"streams": [LINKS[0].name]}, f"{LINKS[0].name}' needs '{LINKS[0].of}'"),
        ({"start": "2023-01-01"}, "start must be a date without quotes"),
        ({"searches_per_second": 0}, "a whole number from 1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(section: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_options(section, {TOKEN_VARIABLE: "t"})


def test_the_credentials_are_those_that_are_given_and_are_not_printed() -> None:
    assert read_options({}, {TOKEN_VARIABLE: "secret"}) == Options(Bearer("secret"))
    given = dict(zip(OAUTH_VARIABLES, ("id", "secret", "longer"), strict=True))
    options = read_options({"base_url": "https://proxy.example/"}, given)
    assert isinstance(options.credentials, RefreshToken)
    assert set(options.credentials.secrets) == {"secret", "longer"}
    assert "secret" not in repr((options, Options(Bearer("secret"))))
    with pytest.raises(SettingsError, match="HUBSPOT_REFRESH_TOKEN"):
        read_options({}, {OAUTH_VARIABLES[0]: "id"})
