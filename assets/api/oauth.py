"""Tokens that expire: fetched when first needed, and again before or after they expire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import requests

from assets.api.client import CONNECT_S, READ_S, CredentialsError
from assets.api.clock import Clock, SystemClock

# A token that is about to expire may do so on its way.
_SPARE_S = 60.0


class RefreshToken:
    """OAuth 2 with a refresh token: what it is exchanged for lives for minutes.

    A token that the source gives a new refresh token with is not kept beyond the process.
    """

    def __init__(
        self,
        address: str,
        client_id: str,
        client_secret: str,
        refresh_token: str,
        clock: Clock | None = None,
    ) -> None:
        self._address = address
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._refresh_token = refresh_token
        self._clock = clock or SystemClock()
        self._access_token: str | None = None
        self._expires_at = 0.0

    @property
    def secrets(self) -> Sequence[str]:
        known = (self._client["client_secret"], self._refresh_token, self._access_token)
        return [secret for secret in known if secret]

    def headers(self) -> Mapping[str, str]:
        if self._access_token is None or self._clock.monotonic() >= self._expires_at - _SPARE_S:
            self._exchange()
        return {"Authorization": f"Bearer {self._access_token}"}

    def refresh(self) -> bool:
        self._access_token = None
        return True

    def _exchange(self) -> None:
        """Raises CredentialsError for a refusal, and RequestException for what may pass."""
        response = requests.post(
            self._address,
            data={
                "grant_type": "refresh_token",
                "refresh_token": self._refresh_token,
                **self._client,
            },
            timeout=(CONNECT_S, READ_S),
            allow_redirects=False,
        )
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise requests.HTTPError(f"the address of tokens answers with status {status}")
        body = response.json() if status == HTTPStatus.OK else {}
        if not isinstance(body.get("access_token"), str):
            raise CredentialsError(
                f"the refresh token is not accepted, or not by this client (status {status})",
                HTTPStatus.UNAUTHORIZED,
            )
        self._access_token = body["access_token"]
        self._refresh_token = body.get("refresh_token") or self._refresh_token
        self._expires_at = self._clock.monotonic() + float(body.get("expires_in") or 0)
