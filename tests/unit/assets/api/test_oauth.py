"""A token is fetched before it is needed, again when it expires, and a refusal says so."""

from __future__ import annotations

import pytest

from assets.api.client import Api, CredentialsError
from assets.api.oauth import RefreshToken
from tests.support.clock import FakeClock
from tests.support.scripted_server import Answer, Scripted, serving

GOOD = Answer()


def token(name: str, **more: str) -> Answer:
    fields = "".join(f', "{key}": "{value}"' for key, value in more.items())
    return Answer(200, f'{{"access_token": "{name}", "expires_in": 1800{fields}}}'.encode())


def api_at(source: Scripted, tokens: Scripted, clock: FakeClock) -> Api:
    credentials = RefreshToken(tokens.address + "/token", "client", "hush", "longer", clock)
    return Api(source.address, credentials, [], clock=clock, jitter=lambda longest: longest)


def given(source: Scripted) -> list[str]:
    return [headers["Authorization"] for _, headers in source.asked]


def test_a_token_is_fetched_once_and_anew_before_it_expires() -> None:
    clock = FakeClock()
    with serving(GOOD) as source, serving(token("first"), token("second")) as tokens:
        api = api_at(source, tokens, clock)
        for wait_s in (0, 1_000, 745):
            clock.sleep(wait_s)
            api.get("/v1/things")
    assert given(source) == ["Bearer first", "Bearer first", "Bearer second"]
    assert tokens.sent[0] == (
        b"grant_type=refresh_token&refresh_token=longer&client_id=client&client_secret=hush"
    )


def test_a_token_that_expires_early_is_fetched_again_and_the_page_asked_again() -> None:
    with serving(GOOD, Answer(401, b"{}"), GOOD) as source:
        with serving(token("first", refresh_token="newer"), token("second")) as tokens:
            api = api_at(source, tokens, FakeClock())
            api.get("/v1/things")
            assert api.get("/v1/things") == {"ok": True}
        assert given(source) == ["Bearer first", "Bearer first", "Bearer second"]
        assert b"refresh_token=newer" in tokens.sent[1]


def test_what_may_pass_is_asked_again() -> None:
    faults = Answer(503), Answer(429), Answer(200, b"<html>"), Answer(reset=True)
    with serving(GOOD) as source, serving(*faults, token("first")) as tokens:
        assert api_at(source, tokens, FakeClock()).get("/v1/things") == {"ok": True}
    assert given(source) == ["Bearer first"]


@pytest.mark.parametrize("refusal", [Answer(400, b'{"status": "BAD_REFRESH_TOKEN"}'), GOOD])
def test_a_refused_refresh_token_ends_it_and_is_not_shown(refusal: Answer) -> None:
    with serving(GOOD) as source, serving(refusal) as tokens:
        api = api_at(source, tokens, FakeClock())
        with pytest.raises(CredentialsError, match="refresh token is not accepted") as raised:
            api.get("/v1/things")
    assert source.asked == []
    assert "longer" not in repr((raised.value, api.drain_log()))
