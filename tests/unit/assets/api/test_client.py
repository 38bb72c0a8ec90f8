"""A request is repeated where that helps, never longer than agreed, and tells no secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import format_datetime

import pytest

from assets.api.client import (
    Api,
    ApiError,
    Bearer,
    CredentialsError,
    ExhaustedError,
    NotFoundError,
    RefusedError,
    ScopeError,
)
from assets.api.limiter import Bucket
from tests.support.clock import FakeClock
from tests.support.scripted_server import Answer, Scripted, serving

SECRET = "sk_live_do_not_show"
GOOD = Answer()


def api_at(script: Scripted, clock: FakeClock, **options: object) -> Api:
    settings: dict[str, object] = {"clock": clock, "jitter": lambda longest: longest}
    return Api(
        script.address,
        Bearer(SECRET),
        [Bucket("read", 100, 1.0)],
        **(settings | options),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "fault",
    [
        Answer(500),
        Answer(502, b"<html>Bad gateway</html>"),
        Answer(503),
        Answer(409, b'{"error": {"code": "lock_timeout"}}'),
        Answer(200, b'{"ok": true}', cut=5),
        Answer(200, b'{"ok": tru'),
        Answer(200, b"<html>We will be back</html>"),
        Answer(200, b""),
        Answer(200, b"no gzip", {"Content-Encoding": "gzip"}),
        Answer(reset=True),
    ],
    ids=lambda answer: f"{answer.status}-{answer.body[:8]!r}-{answer.cut}-{answer.reset}",
)
def test_what_may_pass_is_asked_again(fault: Answer) -> None:
    clock = FakeClock()
    with serving(fault, fault, GOOD) as script:
        assert api_at(script, clock).get("/v1/things", buckets=["read"]) == {"ok": True}
    assert len(script.asked) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("retry_after", "waited_s"),
    [("7", 7.5), ("0", 0.5), (None, 0.5), ("-3", 0.5), ("soon", 0.5)],
)
def test_retry_after_is_the_least_that_is_waited(retry_after: str | None, waited_s: float) -> None:
    clock = FakeClock()
    headers = {"Retry-After": retry_after} if retry_after else {}
    with serving(Answer(429, headers=headers), GOOD) as script:
        api_at(script, clock).get("/")
    assert clock.slept == [waited_s]


def test_retry_after_may_be_a_date() -> None:
    clock = FakeClock()
    later = format_datetime(FakeClock().now().replace(minute=2), usegmt=True)
    with serving(Answer(429, headers={"Retry-After": later}), GOOD) as script:
        api_at(script, clock).get("/")
    assert clock.slept == [120.5]


def test_who_asks_for_more_patience_than_there_is_gets_none() -> None:
    clock = FakeClock()
    with (
        serving(Answer(429, headers={"Retry-After": "3600"})) as script,
        pytest.raises(ExhaustedError, match="asks to wait 3600 s, more than the 300 s"),
    ):
        api_at(script, clock).get("/v1/things")
    assert len(script.asked) == 1
    assert clock.slept == []


def test_an_endless_fault_ends_within_the_patience() -> None:
    clock = FakeClock()
    with (
        serving(Answer(503, b'{"message": "down"}')) as script,
        pytest.raises(ExhaustedError, match=r"gave up after \d+ attempts.*status 503: down"),
    ):
        api_at(script, clock).get("/v1/things")
    assert 5 < len(script.asked) <= 12
    assert sum(clock.slept) <= 300


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, RefusedError), (401, CredentialsError), (403, ScopeError), (404, NotFoundError)],
)
def test_what_will_not_pass_is_asked_once(status: int, error: type[ApiError]) -> None:
    with (
        serving(Answer(status, b'{"error": {"message": "no such thing"}}')) as script,
        pytest.raises(error, match="no such thing") as raised,
    ):
        api_at(script, FakeClock()).get("/v1/things")
    assert len(script.asked) == 1
    assert raised.value.status == status
    assert raised.value.body == {"error": {"message": "no such thing"}}


class Refreshing:
    """A token that one refresh makes valid."""

    secrets = ("old", "new")

    def __init__(self) -> None:
        self.token, self.refreshed_n = "old", 0

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": self.token}

    def refresh(self) -> bool:
        self.token, self.refreshed_n = "new", self.refreshed_n + 1
        return True


def test_a_token_that_expired_is_refreshed_once_and_the_same_page_asked_again() -> None:
    credentials = Refreshing()
    with serving(Answer(401, b"{}"), GOOD) as script:
        api = Api(script.address, credentials, [], clock=FakeClock())
        assert api.get("/v1/things") == {"ok": True}
    assert [headers["Authorization"] for _, headers in script.asked] == ["old", "new"]
    with serving(Answer(401, b"{}")) as script, pytest.raises(CredentialsError):
        Api(script.address, credentials, [], clock=FakeClock()).get("/v1/things")
    assert credentials.refreshed_n == 2
    assert len(script.asked) == 2


def test_the_source_may_know_better_than_its_status() -> None:
    def verdict(_status: int, headers: Mapping[str, str], _body: object) -> bool | None:
        return {"true": True, "false": False}.get(headers.get("Should-Retry", ""))

    with serving(Answer(400, headers={"Should-Retry": "true"}), GOOD) as script:
        api_at(script, FakeClock(), should_retry=verdict).get("/")
    with (
        serving(Answer(500, headers={"Should-Retry": "false"})) as script,
        pytest.raises(RefusedError),
    ):
        api_at(script, FakeClock(), should_retry=verdict).get("/")
    assert len(script.asked) == 1


def test_a_question_with_a_body_may_be_answered_in_parts() -> None:
    with serving(Answer(503), Answer(207, b'{"results": []}')) as script:
        api = api_at(script, FakeClock())
        body = {"inputs": [{"id": "1"}]}
        assert api.post("/v1/read", body, [("archived", "true")]) == {"results": []}
    first, second = api.drain_log()
    assert (first.status, second.status) == (503, 207)
    assert second.params == 'archived=true {"inputs":[{"id":"1"}]}'
    assert [json.loads(sent) for sent in script.sent] == [body, body]


def test_no_secret_is_shown_when_the_source_repeats_it() -> None:
    with serving(Answer(401, f'{{"message": "unknown key {SECRET}"}}'.encode())) as script:
        api = api_at(script, FakeClock())
        with pytest.raises(CredentialsError) as raised:
            api.get("/v1/things")
    assert "unknown key ***" in str(raised.value)
    assert SECRET not in repr((api.drain_log(), raised.value, Bearer(SECRET)))


def test_a_redirect_is_not_followed() -> None:
    with serving(GOOD) as elsewhere:
        redirect = Answer(302, b"", {"Location": elsewhere.address})
        with serving(redirect) as script, pytest.raises(RefusedError, match="redirect"):
            api_at(script, FakeClock()).get("/v1/things")
    assert elsewhere.asked == []


def test_the_log_has_a_line_for_each_attempt() -> None:
    with serving(Answer(503), GOOD) as script:
        api = api_at(script, FakeClock())
        api.get("/v1/things", [("limit", "100")], ["read"])
    first, second = api.drain_log()
    assert (first.attempt, first.status, first.path) == (1, 503, "/v1/things")
    assert first.problem is not None
    assert "503" in first.problem
    assert (second.attempt, second.status, second.params) == (2, 200, "limit=100")
    assert (second.bytes_n, second.problem) == (12, None)
    assert api.drain_log() == []
