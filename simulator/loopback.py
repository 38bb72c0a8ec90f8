"""A vendor's server on the loopback interface, and the faults it can be told to have.

What belongs here: serving, counting requests, and breaking answers. What does not: what any vendor
answers (simulator/<vendor>/).
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl, urlsplit

FaultKind = Literal[
    "status", "reset", "truncated", "cut_json", "html", "broken_gzip", "empty_page", "previous"
]


@dataclass(frozen=True)
class Fault:
    """The `at`-th request (from 1) below `path`, and the `times - 1` after it, go wrong.

    `method` narrows it to one. `status` answers with that status, `headers` and `body` (the
    vendor's own, where None), `truncated` closes in the middle of the body,
    `cut_json` sends half a body as if it were whole, `previous` serves the answer before once more.
    """

    kind: FaultKind
    path: str = "/"
    at: int = 1
    times: int = 1
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str | None = None
    body: Any = None


@dataclass(frozen=True)
class Query:
    """A request as a vendor sees it; `body` is what it sent along, undecoded."""

    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""

    def one(self, name: str) -> str | None:
        return next((value for key, value in self.params if key == name), None)

    def all(self, name: str) -> list[str]:
        """Values of a list, however the client numbers it: name[], name[0], name."""
        return [v for key, v in self.params if key == name or key.startswith(f"{name}[")]


@dataclass(frozen=True)
class Answer:
    """A status, headers and a body that becomes JSON."""

    body: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Vendor(Protocol):
    """What a server answers with, in good times and in bad."""

    def __call__(self, query: Query) -> Answer: ...

    def failed(self, status: int) -> Any:
        """The body of an answer that says no more than that something went wrong."""
        ...

    def emptied(self, body: Any) -> Any:
        """A page without its rows that still claims there are more."""
        ...


@dataclass
class Served:
    """What the server has seen: requests by arrival, and its address."""

    address: str = ""
    requests: list[Query] = field(default_factory=list)
    arrived_at: list[float] = field(default_factory=list)

    def most_in(self, seconds: float) -> int:
        """The most requests that arrived in any window of so many seconds."""
        times = sorted(self.arrived_at)
        return max((sum(start <= t < start + seconds for t in times) for start in times), default=0)


class _Faults:
    """Counts requests against the faults that are configured."""

    def __init__(self, faults: list[Fault]) -> None:
        self._seen = [[fault, 0] for fault in faults]

    def due(self, method: str, path: str) -> Fault | None:
        found = None
        for entry in self._seen:
            fault, seen = entry
            assert isinstance(fault, Fault)
            assert isinstance(seen, int)
            if path.startswith(fault.path) and fault.method in (None, method):
                entry[1] = seen + 1
                if fault.at <= seen + 1 < fault.at + fault.times:
                    found = found or fault
        return found


@contextmanager
def running(handler: type[BaseHTTPRequestHandler], port: int = 0) -> Iterator[str]:
    """A server on 127.0.0.1 until the block ends, and its address; port 0 is any that is free."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(vendor: Vendor, faults: list[Fault] | None = None, port: int = 0) -> Iterator[Served]:
    """Serve on 127.0.0.1 until the block ends; requests are answered one at a time."""
    served, planned, lock = Served(), _Faults(faults or []), threading.Lock()
    before: dict[tuple[str, str], bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one packet: apart, each answer waits 40 ms for an acknowledgement.
        wbufsize = -1

        def do_GET(self) -> None:
            with lock:
                served.arrived_at.append(time.monotonic())
                parts = urlsplit(self.path)
                params = tuple(parse_qsl(parts.query, keep_blank_values=True))
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                query = Query(parts.path, params, dict(self.headers), self.command, sent)
                served.requests.append(query)
                fault = planned.due(self.command, parts.path)
                if fault and fault.kind == "reset":
                    self.close_connection = True
                    return
                if fault and fault.kind == "status":
                    error = fault.body or vendor.failed(fault.status)
                    self._send(json.dumps(error).encode(), fault.status, fault.headers)
                    return
                given = vendor(query)
                whole = body = json.dumps(given.body).encode()
                headers, address = dict(given.headers), (self.command, parts.path)
                if fault:
                    body, headers = _broken(fault, body, headers, before.get(address), vendor)
                # What is served once more stays the answer before.
                if not (fault and fault.kind == "previous"):
                    before[address] = whole
                cut = len(body) // 2 if fault and fault.kind == "truncated" else None
                self._send(body, given.status, headers, cut)

        def do_POST(self) -> None:
            self.do_GET()

        def _send(
            self, body: bytes, status: int, headers: Mapping[str, str], cut: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])
            self.close_connection = self.close_connection or cut is not None

        def log_message(self, format: str, *args: object) -> None:
            """What was asked stands in `requests`."""

    with running(Handler, port) as served.address:
        yield served


def _broken(
    fault: Fault, body: bytes, headers: dict[str, str], before: bytes | None, vendor: Vendor
) -> tuple[bytes, dict[str, str]]:
    match fault.kind:
        case "cut_json":
            return body[: len(body) // 2], headers
        case "html":
            return b"<html><body>Please wait</body></html>", headers | {"Content-Type": "text/html"}
        case "broken_gzip":
            return gzip.compress(body)[:-12] + b"x" * 12, headers | {"Content-Encoding": "gzip"}
        case "empty_page":
            return json.dumps(vendor.emptied(json.loads(body))).encode(), headers
        case "previous" if before is not None:
            return before, headers
    return body, headers
