"""What a validation says: an outcome per expectation, a verdict per table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from assets.expectations.suites import Expectation

# An exception inside a check is an error: nobody knows whether the data pass.
Outcome = Literal["passed", "failed", "error"]
Verdict = Literal["passed", "warned", "blocked", "error"]


@dataclass(frozen=True)
class Finding:
    """What the check of one expectation saw.

    `failing_rows_n` is None where a value and not rows are judged; `failing_keys` holds the sample
    columns of the first failing rows and nothing else of them.
    """

    outcome: Outcome
    observed: str | None = None
    failing_rows_n: int | None = None
    failing_keys: tuple[Mapping[str, str], ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class ExpectationOutcome:
    """One expectation of one table, checked in one run."""

    table: str
    owner: str
    expectation: Expectation
    expected: str
    finding: Finding

    @property
    def outcome(self) -> Outcome:
        return self.finding.outcome


def verdict(outcomes: Iterable[ExpectationOutcome]) -> Verdict:
    """The gravest: an error before a block before a warning."""
    found: set[Verdict] = set()
    for outcome in outcomes:
        if outcome.outcome == "error":
            found.add("error")
        elif outcome.outcome == "failed":
            found.add("blocked" if outcome.expectation.severity == "block" else "warned")
    for grave in ("error", "blocked", "warned"):
        if grave in found:
            return grave
    return "passed"


def findings_in_words(outcomes: Iterable[ExpectationOutcome]) -> Iterable[str]:
    """A line for everything that did not pass: table, expectation, what was seen, what it means."""
    for outcome in outcomes:
        expectation, finding = outcome.expectation, outcome.finding
        name = f"{outcome.table}: {expectation.id}"
        if outcome.outcome == "error":
            yield f"error: {name} could not be checked: {finding.error}"
        elif outcome.outcome == "failed":
            word = "blocked" if expectation.severity == "block" else "warning"
            yield (
                f"{word}: {name}: observed {finding.observed}, expected {outcome.expected}. "
                f"{expectation.protects}"
            )
