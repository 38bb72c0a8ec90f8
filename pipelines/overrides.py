"""Which failed expectations a person lets pass, and that they exist.

An override holds for one run. It is recorded with its reason in meta.override, which is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pipelines.settings import SettingsError


def allowed_failures(addresses: Iterable[str], why: str | None) -> dict[str, str]:
    """table:expectation → reason, for `--allow` and `--why`.

    Raises SettingsError for an expectation that no suite has, that never blocks, or without reason.
    """
    wanted = list(addresses)
    if wanted and not (why and why.strip()):
        raise SettingsError('--allow needs --why "…": it is published beside the figures')
    if why and not wanted:
        raise SettingsError("--why says nothing without --allow TABLE:EXPECTATION")
    if not wanted:
        return {}
    severities = _severities()
    for address in wanted:
        if address not in severities:
            near = get_close_matches(address, severities, n=1)
            hint = f"; did you mean {near[0]}" if near else ""
            raise SettingsError(
                f"--allow {address}: no suite has this expectation{hint}. A run that is blocked "
                "prints its name as TABLE:EXPECTATION"
            )
        if severities[address] != "block":
            raise SettingsError(f"--allow {address}: it only warns and never stops a run")
    assert why is not None
    return dict.fromkeys(wanted, why.strip())


def _severities() -> dict[str, str]:
    from assets.expectations.suites import SCHEMAS_OF_GATE, read_suite, suite_files

    suites = [read_suite(file) for gate in SCHEMAS_OF_GATE for file in suite_files(gate).values()]
    return {
        f"{suite.table}:{expectation.id}": expectation.severity
        for suite in suites
        for expectation in suite.expectations
    }
