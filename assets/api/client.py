"""One request to a source and its decoded answer, or an error that says what to do.

What belongs here: credentials, limits, retries, and the log of requests. What does not: pages and
streams (paging.py and the vendors' folders).
"""

from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol

import orjson
import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from assets.api.clock import Clock, SystemClock
from assets.api.limiter import Bucket, Limiter

CONNECT_S, READ_S = 10, 60
# How long one request may be waited for, all its repetitions together.
PATIENCE_S = 300.0
_FIRST_BACKOFF_S, _LONGEST_BACKOFF_S = 0.5, 60.0
# A connection that never answers costs its time-outs, which no sleep shows.
_ATTEMPTS = 12
# Of a body, as much as a person reads.
_SHOWN_CHARACTERS = 300

Params = Sequence[tuple[str, str]]
# What a vendor adds to the rules, by status, headers and decoded body: True asks again, False does
# not, None leaves it to the status.
ShouldRetry = Callable[[int, Mapping[str, str], Any], bool | None]
# Several answers in one: the ones that could be given, and an error for each of the others.
_GOOD = frozenset({HTTPStatus.OK, HTTPStatus.MULTI_STATUS})
_RETRIED = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class ApiError(RuntimeError):
    """A source did not give what was asked for; the message says what, and never a secret.

    `status` is None where there was no answer; `body` is the decoded body, if it was JSON.
    """

    def __init__(self, message: str, status: int | None = None, body: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body


class CredentialsError(ApiError):
    """The source does not know these credentials."""


class ScopeError(ApiError):
    """The credentials are known, and do not reach this."""


class NotFoundError(ApiError):
    """There is nothing at this address."""


class RefusedError(ApiError):
    """The source understood the request and refuses it."""


class ExhaustedError(ApiError):
    """The source would not answer within the patience there is."""


_ERRORS: Mapping[int, type[ApiError]] = {
    HTTPStatus.UNAUTHORIZED: CredentialsError,
    HTTPStatus.FORBIDDEN: ScopeError,
    HTTPStatus.NOT_FOUND: NotFoundError,
}


class Credentials(Protocol):
    """What proves who asks. `secrets` are the values that must never be shown."""

    @property
    def secrets(self) -> Sequence[str]: ...

    def headers(self) -> Mapping[str, str]: ...

    def refresh(self) -> bool:
        """After a 401: whether there is something new to try."""
        ...


@dataclass(frozen=True)
class Bearer:
    """A token that is valid until it is revoked."""

    token: str = field(repr=False)

    @property
    def secrets(self) -> Sequence[str]:
        return (self.token,)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def refresh(self) -> bool:
        return False


@dataclass(frozen=True)
class Basic:
    """A user and a password or token, as HTTP has always had them."""

    user: str
    password: str = field(repr=False)

    @property
    def secrets(self) -> Sequence[str]:
        return (self.password, self._encoded)

    @property
    def _encoded(self) -> str:
        return b64encode(f"{self.user}:{self.password}".encode()).decode()

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Basic {self._encoded}"}

    def refresh(self) -> bool:
        return False


@dataclass(frozen=True)
class LoggedRequest:
    """A line of the request log; `status` is None where there was no answer."""

    asked_at: datetime
    path: str
    params: str
    attempt: int
    status: int | None
    bytes_n: int
    limited_s: float
    seconds: float
    problem: str | None


@dataclass(frozen=True)
class _Question:
    """What is asked of the source, however many times."""

    method: str
    path: str
    params: Params
    body: Any = None

    def shown(self) -> str:
        """As it stands in the request log."""
        params = "&".join(f"{name}={value}" for name, value in self.params)
        body = "" if self.body is None else orjson.dumps(self.body).decode()[:_SHOWN_CHARACTERS]
        return " ".join(part for part in (params, body) if part)


class _AskAgainError(Exception):
    """This attempt failed in a way that another one may not."""

    def __init__(self, problem: str, status: int | None, retry_after_s: float | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.retry_after_s = retry_after_s


class _Signed(AuthBase):
    """Puts the present credentials on a request; being there, it also keeps .netrc out."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._credentials.headers())
        return request


class Api:
    """A source at one address. Answers come decoded; whatever went wrong is an ApiError.

    `errors` are the kinds of a vendor's own statuses.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        buckets: Sequence[Bucket],
        *,
        headers: Mapping[str, str] | None = None,
        should_retry: ShouldRetry = lambda _status, _headers, _body: None,
        errors: Mapping[int, type[ApiError]] | None = None,
        clock: Clock | None = None,
        patience_s: float = PATIENCE_S,
        jitter: Callable[[float], float] = lambda longest: random.uniform(0, longest),
    ) -> None:
        self.clock = clock or SystemClock()
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._limiter = Limiter(buckets, self.clock)
        self._should_retry = should_retry
        self._errors = {**_ERRORS, **(errors or {})}
        self._patience_s = patience_s
        self._jitter = jitter
        self._log: list[LoggedRequest] = []
        self._session = requests.Session()
        self._session.auth = _Signed(credentials)
        self._session.headers.update(
            {"Accept": "application/json", "User-Agent": "mittaristo", **(headers or {})}
        )

    def close(self) -> None:
        self._session.close()

    def remember(self, bucket: str, seconds_ago: float) -> None:
        """An earlier run's request still takes its place in a bucket."""
        self._limiter.remember(bucket, seconds_ago)

    def drain_log(self) -> list[LoggedRequest]:
        """The requests since the last call."""
        log, self._log = self._log, []
        return log

    def get(self, path: str, params: Params = (), buckets: Sequence[str] = ()) -> Any:
        """The decoded JSON at a path of this source. Raises ApiError."""
        return self._answer(_Question("GET", path, params), buckets)

    def post(self, path: str, body: Any, params: Params = (), buckets: Sequence[str] = ()) -> Any:
        """The decoded answer to a question that is too long for an address. Raises ApiError.

        It is repeated like any other: only what reads may be asked so.
        """
        return self._answer(_Question("POST", path, params, body), buckets)

    def _answer(self, question: _Question, buckets: Sequence[str]) -> Any:
        may_refresh = True

        def ask(attempt: int) -> Any:
            nonlocal may_refresh
            try:
                return self._ask(question, buckets, attempt)
            except CredentialsError as error:
                if not (may_refresh and self._credentials.refresh()):
                    raise
                may_refresh = False
                raise _AskAgainError(str(error), error.status, 0) from error

        retrying = Retrying(
            retry=retry_if_exception_type(_AskAgainError),
            wait=self._wait,
            stop=self._has_no_patience,
            sleep=self.clock.sleep,
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    return ask(attempt.retry_state.attempt_number)
        except _AskAgainError as error:
            raise ExhaustedError(
                f"{question.path}: {self._exhausted(error, retrying)}", error.status
            ) from error
        raise AssertionError("tenacity either returns or raises")

    def _ask(self, question: _Question, buckets: Sequence[str], attempt: int) -> Any:
        asked_at, began = self.clock.now(), self.clock.monotonic()
        status, bytes_n, limited_s, problem = None, 0, 0.0, None
        try:
            with self._limiter.place(*buckets) as limited_s:
                response = self._session.request(
                    question.method,
                    self._base_url + question.path,
                    params=list(question.params),
                    json=question.body,
                    timeout=(CONNECT_S, READ_S),
                    # A redirect would take the credentials to where it leads.
                    allow_redirects=False,
                )
            status, bytes_n = response.status_code, len(response.content)
            return self._decoded(question.path, response)
        except requests.RequestException as error:
            problem = type(error).__name__
            if isinstance(
                error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema
            ):
                raise ApiError(self._told(f"{question.path}: {error}")) from error
            raise _AskAgainError(self._told(f"{problem}: {error}"), None, None) from error
        except (_AskAgainError, ApiError) as error:
            problem = str(error)
            raise
        finally:
            self._log.append(
                LoggedRequest(
                    asked_at,
                    question.path,
                    question.shown(),
                    attempt,
                    status,
                    bytes_n,
                    round(limited_s, 3),
                    round(self.clock.monotonic() - began, 3),
                    problem,
                )
            )

    def _decoded(self, path: str, response: requests.Response) -> Any:
        status = response.status_code
        try:
            body = orjson.loads(response.content)
        except orjson.JSONDecodeError:
            body = None
        if status in _GOOD:
            if body is None:
                shown = self._told(response.text[:60])
                raise _AskAgainError(
                    f"status {status} with a body that is no JSON: {shown!r}", status, None
                )
            return body
        problem = self._told(f"{path}: status {status}: {_message(body, response)}")
        verdict = self._should_retry(status, response.headers, body)
        if verdict is None:
            verdict = status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if verdict:
            raise _AskAgainError(problem, status, self._retry_after_s(response))
        raise self._errors.get(status, RefusedError)(problem, status, body)

    def _retry_after_s(self, response: requests.Response) -> float | None:
        """Seconds that Retry-After asks for, given as seconds or as a date."""
        text = response.headers.get("Retry-After", "").strip()
        try:
            return max(float(text), 0.0)
        except ValueError:
            pass
        try:
            asked = parsedate_to_datetime(text)
        except ValueError:
            return None
        asked = asked if asked.tzinfo else asked.replace(tzinfo=UTC)
        return max((asked - self.clock.now()).total_seconds(), 0.0)

    def _wait(self, state: RetryCallState) -> float:
        """At least what the source asks for, and more by chance, growing with the attempts."""
        error = state.outcome.exception() if state.outcome else None
        assert isinstance(error, _AskAgainError)
        longest = min(_FIRST_BACKOFF_S * 2.0 ** (state.attempt_number - 1), _LONGEST_BACKOFF_S)
        return (error.retry_after_s or 0.0) + self._jitter(longest)

    def _has_no_patience(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= _ATTEMPTS
            or state.idle_for + state.upcoming_sleep > self._patience_s
        )

    def _exhausted(self, error: _AskAgainError, retrying: Retrying) -> str:
        if error.retry_after_s is not None and error.retry_after_s > self._patience_s:
            return (
                f"asks to wait {error.retry_after_s:.0f} s, more than the {self._patience_s:.0f} s "
                f"that a run has; run again later ({error.problem})"
            )
        attempts = retrying.statistics.get("attempt_number", 1)
        return f"gave up after {attempts} attempts; the last one: {error.problem}"

    def _told(self, text: str) -> str:
        for secret in self._credentials.secrets:
            text = text.replace(secret, "***")
        return text


def _message(body: Any, response: requests.Response) -> str:
    """What an error's body says; vendors call it message, description or error."""
    if response.is_redirect:
        return "a redirect, which is not followed; name the final address in sources.toml"
    found = body
    for key in ("error", "message", "description", "title"):
        if isinstance(found, Mapping) and key in found:
            found = found[key]
    text = found if isinstance(found, str) else response.text
    return " ".join(text.split())[:_SHOWN_CHARACTERS] or response.reason or "no message"
