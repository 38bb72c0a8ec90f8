"""The gates as Dagster asset checks: one operation per gate, one blocking check per table.

What belongs here: how outcomes look in Dagster. What does not: how a table is validated
(assets/expectations/), what is expected of it (expectations/).
"""

# No `from __future__ import annotations`: Dagster reads the annotation of `context` as it stands.

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import dagster as dg
import duckdb

from assets.expectations.outcomes import ExpectationOutcome, allow, findings_in_words, verdict
from assets.expectations.record import record
from assets.expectations.scope import GateRun, gate_run, tables_touched
from assets.expectations.suites import SUITES_DIR, Gate, read_suite, suite_files
from assets.expectations.validation import validate
from pipelines.resources import Warehouse

CHECK = "expectations"
WRITER_POOL = "duckdb_writer"

Touched = Callable[[duckdb.DuckDBPyConnection, GateRun], set[str] | None]


class CheckError(RuntimeError):
    """A check could not be carried out, so nobody knows whether its data pass."""


def gate_checks(
    gate: Gate,
    keys: Sequence[dg.AssetKey],
    folder: Path = SUITES_DIR,
    touched: Touched = tables_touched,
) -> dg.AssetChecksDefinition:
    """A blocking check per asset that has a suite; `touched` says which tables a run changed.

    Dagster holds back what reads a checked asset, so what lies below the gate has to depend on its
    checked assets, as dbt_layer sees to.
    """
    files = suite_files(gate, folder)
    tables = {key: ".".join(key.path) for key in keys if ".".join(key.path) in files}

    @dg.multi_asset_check(
        name=f"gate_{gate}",
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=key,
                blocking=True,
                description="What the table's suite expects; a failed one stops all lower layers.",
                metadata={"suite": _address(files[table])},
            )
            for key, table in tables.items()
        ],
        can_subset=True,
        pool=WRITER_POOL,
    )
    def checks(
        context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {tables[check.asset_key] for check in context.selected_asset_check_keys}
        with warehouse.connect() as connection:
            run = gate_run(connection, context.run.run_id, gate)
            changed = touched(connection, run)
            wanted = selected if changed is None else selected & changed
            with warehouse.progress.step(f"validate {gate} ({len(wanted)} tables)"):
                suites = [read_suite(files[table]) for table in sorted(wanted)]
                outcomes = allow(
                    validate(connection, suites, run), warehouse.settings.allowed_failures
                )
                record(connection, outcomes, run)
            for line in findings_in_words(outcomes):
                warehouse.progress.say(line)
        for check in context.selected_asset_check_keys:
            table = tables[check.asset_key]
            mine = [outcome for outcome in outcomes if outcome.table == table]
            skipped = "no data delivered" if table in wanted else "unchanged in this run"
            yield check_result(check.asset_key, mine, _address(files[table]), skipped)
        if errors := [outcome for outcome in outcomes if outcome.outcome == "error"]:
            raise CheckError(
                "\n".join(f"{o.table} {o.expectation.id}: {o.finding.error}" for o in errors)
            )

    return checks


def _address(file: Path) -> str:
    return "/".join(file.parts[-3:])


def check_result(
    key: dg.AssetKey, outcomes: Sequence[ExpectationOutcome], suite: str, skipped: str = ""
) -> dg.AssetCheckResult:
    """What Dagster shows of an asset's outcomes."""
    if not outcomes:
        return dg.AssetCheckResult(
            passed=True,
            asset_key=key,
            check_name=CHECK,
            description=f"not validated: {skipped}",
            metadata={"suite": suite, "not_validated": skipped},
        )
    found = verdict(outcomes)
    blocks = found in ("blocked", "error")
    return dg.AssetCheckResult(
        passed=found == "passed",
        asset_key=key,
        check_name=CHECK,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        description=_description(outcomes),
        metadata={
            "suite": suite,
            "owner": outcomes[0].owner,
            "expectations_n": len(outcomes),
            "passed_n": sum(o.outcome == "passed" for o in outcomes),
            "failed_n": sum(o.outcome == "failed" for o in outcomes),
            "errors_n": sum(o.outcome == "error" for o in outcomes),
            "results": dg.MetadataValue.table([_row(outcome) for outcome in outcomes]),
            "failing_keys": {
                o.expectation.id: [dict(keys) for keys in o.finding.failing_keys]
                for o in outcomes
                if o.finding.failing_keys
            },
        },
    )


def _description(outcomes: Sequence[ExpectationOutcome]) -> str:
    """Errors first, as nothing is known then; else what failed and what that endangers."""
    errors = [o for o in outcomes if o.outcome == "error"]
    if errors:
        return "error: " + "; ".join(f"{o.expectation.id}: {o.finding.error}" for o in errors)
    failed = [o for o in outcomes if o.outcome == "failed"]
    return "; ".join(
        f"{o.expectation.severity}: {o.expectation.id} observed {o.finding.observed}, "
        f"expected {o.expected} ({o.expectation.protects})"
        for o in sorted(failed, key=lambda o: o.expectation.severity)
    )


def _row(outcome: ExpectationOutcome) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "table": outcome.table,
            "expectation": outcome.expectation.name,
            "column": outcome.expectation.column or "",
            "severity": outcome.expectation.severity,
            "outcome": outcome.outcome,
            "observed": outcome.finding.observed or "",
            "expected": outcome.expected,
            "protects": outcome.expectation.protects,
        }
    )
