"""The bad days that every vendor has. What one vendor alone does stands with its tests."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate

from simulator.loopback import Fault


def passing(now: int) -> dict[str, Fault]:
    """Faults after which the same question is answered well. `now` is the server's clock."""
    return {
        "429 with seconds": Fault("status", status=429, headers={"Retry-After": "3"}),
        "429 with 0": Fault("status", status=429, headers={"Retry-After": "0"}),
        "429 without": Fault("status", status=429),
        "429 with a date": Fault(
            "status", status=429, headers={"Retry-After": formatdate(now, usegmt=True)}
        ),
        "500": Fault("status", status=500),
        "502": Fault("status", status=502),
        "503": Fault("status", status=503),
        "503 with seconds": Fault("status", status=503, headers={"Retry-After": "2"}),
        "reset": Fault("reset"),
        "truncated socket": Fault("truncated"),
        "truncated JSON of the announced length": Fault("cut_json"),
        "HTML with status 200": Fault("html"),
        "broken gzip": Fault("broken_gzip"),
        "empty page with more to come": Fault("empty_page"),
        "page served twice": Fault("previous"),
    }


# With what the failure says.
LASTING_ANYWHERE = {
    "429 beyond the patience": (
        Fault("status", status=429, headers={"Retry-After": "3600"}),
        "asks to wait 3600 s",
    ),
    "503 for ever": (Fault("status", status=503), "gave up after"),
    "HTML for ever": (Fault("html"), "no JSON"),
    "redirect to another host": (
        Fault("status", status=302, headers={"Location": "http://127.0.0.1:9/elsewhere"}),
        "a redirect, which is not followed",
    ),
    "a status that nobody knows": (Fault("status", status=418), "status 418"),
}
# Of lists; other ways of paging notice it otherwise.
LASTING_IN_LISTS = {
    "empty page for ever": (Fault("empty_page"), "an empty page that claims there are more"),
    "page served for ever": (Fault("previous"), "leads back to one that was read already"),
}


def at_page(fault: Fault, path: str, page: int, times: int = 1) -> Fault:
    """The fault, met by the requests of `path` from the given one on."""
    return replace(fault, path=path, at=page, times=times)
