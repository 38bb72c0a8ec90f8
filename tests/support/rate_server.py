"""A loopback server in the place of the ECB's, as well-behaved or as broken as a test asks for."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from simulator.loopback import running

ETAG = '"rates-1"'
LAST_MODIFIED = "Tue, 07 Apr 2026 14:05:00 GMT"


@dataclass
class Script:
    """What the server answers: faults first, one per request, then the content.

    `asked` collects the headers of every request.
    """

    content: bytes
    faults: list[int] = field(default_factory=list)
    retry_after: str | None = None
    knows_versions: bool = True
    asked: list[dict[str, str]] = field(default_factory=list)
    address: str = ""


def packed(text: str, name: str = "eurofxref-hist.csv") -> bytes:
    """A zip archive with one file, as the ECB publishes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return buffer.getvalue()


@contextmanager
def serving(script: Script) -> Iterator[Script]:
    """Serve the script on a free port of the loopback interface; `address` is where."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.asked.append(dict(self.headers))
            if script.faults:
                self.send_response(script.faults.pop(0))
                if script.retry_after:
                    self.send_header("Retry-After", script.retry_after)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if script.knows_versions and self.headers.get("If-None-Match") == ETAG:
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(200)
            if script.knows_versions:
                self.send_header("ETag", ETAG)
                self.send_header("Last-Modified", LAST_MODIFIED)
            self.send_header("Content-Length", str(len(script.content)))
            self.end_headers()
            self.wfile.write(script.content)

        def log_message(self, format: str, *args: object) -> None:
            """Tests say what they want to say."""

    with running(Handler) as address:
        script.address = f"{address}/eurofxref-hist.zip"
        yield script
