"""Fetches the published file of rates: over HTTP, only when it changed, or from a local path.

What belongs here: addresses, retries, timeouts, sizes, and how the server says "nothing new". What
does not: what the file says (rates.py).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

CONNECT_S, READ_S = 10, 30
# The full history of 41 currencies is some 600 kB packed and 3 MB unpacked.
MAX_BYTES = 50_000_000
_AGAIN = Retry(
    total=3,
    backoff_factor=0.5,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=("GET",),
    # Who asks for more patience than this gets it at the next run.
    respect_retry_after_header=True,
    retry_after_max=30,
)


class FetchError(RuntimeError):
    """The file could not be fetched or unpacked; the message says from where and why."""


@dataclass(frozen=True)
class Validators:
    """What the server said of the version we have, to ask for another one only."""

    address: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Page:
    """A fetched file: its text, the hash of its bytes, its name, and what to ask with next time."""

    text: str
    content_hash: str
    name: str
    validators: Validators


def fetch(address: str, known: Validators | None, retries: Retry = _AGAIN) -> Page | None:
    """The file at the address; None when it is the version that `known` describes.

    `address` is an http(s) URL or a path. Raises FetchError.
    """
    if "://" in address:
        return _fetch_url(address, known, retries)
    path = Path(address)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FetchError(f"{path.name}: {error.strerror or error}") from error
    return _page(content, path.name, Validators(address))


def _fetch_url(address: str, known: Validators | None, retries: Retry) -> Page | None:
    headers = {"Accept": "application/zip, text/csv"}
    if known is not None and known.address == address:
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, HTTPAdapter(max_retries=retries))
        try:
            with session.get(
                address, headers=headers, timeout=(CONNECT_S, READ_S), stream=True
            ) as response:
                if response.status_code == requests.codes.not_modified:
                    return None
                response.raise_for_status()
                content = _limited(response, address)
        except requests.RequestException as error:
            raise FetchError(f"{address}: {error}") from error
    validators = Validators(
        address, response.headers.get("ETag"), response.headers.get("Last-Modified")
    )
    return _page(content, address.rsplit("/", 1)[-1] or address, validators)


def _limited(response: requests.Response, address: str) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(65_536):
        content += chunk
        if len(content) > MAX_BYTES:
            raise FetchError(f"{address}: more than {MAX_BYTES:,} bytes; this is no table of rates")
    return bytes(content)


def _page(content: bytes, name: str, validators: Validators) -> Page:
    if not content:
        raise FetchError(f"{name}: the file is empty")
    data = _unpacked(content, name) if content.startswith(b"PK") else content
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FetchError(f"{name}: not text in UTF-8: {error}") from error
    return Page(text, sha256(content).hexdigest(), name, validators)


def _unpacked(content: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise FetchError(f"{name}: {len(members)} files in the archive, not one")
            if members[0].file_size > MAX_BYTES:
                raise FetchError(f"{name}: unpacks to more than {MAX_BYTES:,} bytes")
            return archive.read(members[0])
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise FetchError(f"{name}: the archive is damaged: {error}") from error
