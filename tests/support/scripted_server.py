"""A loopback server that gives the answers it was told, one per request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from simulator.loopback import running


@dataclass(frozen=True)
class Answer:
    """`cut` sends only so many bytes of the body that was announced, `reset` nothing at all."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False


@dataclass
class Scripted:
    """Answers in order, the last one again and again.

    `asked` are paths and headers, `sent` the bodies of requests that had one.
    """

    answers: list[Answer]
    address: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)


@contextmanager
def serving(*answers: Answer) -> Iterator[Scripted]:
    """Serve on a free port of the loopback interface."""
    script = Scripted(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def do_GET(self) -> None:
            script.asked.append((self.path, dict(self.headers)))
            position = min(len(script.asked), len(script.answers)) - 1
            answer = script.answers[position]
            self.close_connection = True
            if answer.reset:
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])

        def log_message(self, format: str, *args: object) -> None:
            """Tests say what they want to say."""

    with running(Handler) as script.address:
        yield script
