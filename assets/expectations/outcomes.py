"""What a validation says: an outcome per expectation, a verdict per table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    """One expectation of one table, checked in one run.

    `allowed_because` is what somebody said who lets the run go on although it failed.
    """

    table: str
    owner: str
    expectation: Expectation
    expected: str
    finding: Finding
    allowed_because: str | None = None

    @property
    def outcome(self) -> Outcome:
        return self.finding.outcome

    @property
    def address(self) -> str:
        """table:expectation, as `--allow` takes it."""
        return f"{self.table}:{self.expectation.id}"

    @property
    def blocks(self) -> bool:
        """An error blocks too, but says that nobody knows, so it cannot be allowed."""
        return (
            self.outcome == "failed"
            and self.expectation.severity == "block"
            and self.allowed_because is None
        )


def allow(
    outcomes: Iterable[ExpectationOutcome], reasons: Mapping[str, str]
) -> list[ExpectationOutcome]:
    """The outcomes with those failures let through that `reasons` (address → why) names."""
    return [
        replace(outcome, allowed_because=reasons[outcome.address])
        if outcome.blocks and outcome.address in reasons
        else outcome
        for outcome in outcomes
    ]


def verdict(outcomes: Iterable[ExpectationOutcome]) -> Verdict:
    """The gravest: an error before a block before a warning."""
    found: set[Verdict] = set()
    for outcome in outcomes:
        if outcome.outcome == "error":
            found.add("error")
        elif outcome.outcome == "failed":
            found.add("blocked" if outcome.blocks else "warned")
    for grave in ("error", "blocked", "warned"):
        if grave in found:
            return grave
    return "passed"


def findings_in_words(outcomes: Iterable[ExpectationOutcome]) -> Iterable[str]:
    """A line for everything that did not pass: table, expectation, what was seen, what it means."""
    for outcome in outcomes:
        if outcome.outcome == "error":
            yield f"error: {outcome.address} could not be checked: {outcome.finding.error}"
        elif outcome.outcome == "failed":
            seen = (
                f"{outcome.address}: observed {outcome.finding.observed}, "
                f"expected {outcome.expected}. {outcome.expectation.protects}"
            )
            if outcome.blocks:
                yield f"blocked: {seen}"
                yield f'to publish all the same: --allow {outcome.address} --why "the reason"'
            elif outcome.allowed_because:
                yield f"allowed: {seen} Let through: {outcome.allowed_because}"
            else:
                yield f"warning: {seen}"
