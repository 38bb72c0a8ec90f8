"""Dagster's history, written through files that stay open, read as Dagster itself reads it."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pipelines.event_log import KEPT_OPEN, EventLog
from pipelines.launch import prepare_dagster_home


@dg.asset
def counted() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 7})


@dg.asset_check(asset="counted")
def passes() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def run(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions(
        assets=[counted], asset_checks=[passes]
    ).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance).run_id


def test_dagsters_own_class_reads_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    prepare_dagster_home(tmp_path)
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        ids = {run(instance) for _ in range(KEPT_OPEN + 2)}

    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.get() as instance:
        assert not isinstance(instance.event_log_storage, EventLog)
        records = instance.fetch_materializations(counted.key, limit=100).records
        assert {record.run_id for record in records} == ids
        assert all(record.asset_materialization.metadata["rows"].value == 7 for record in records)  # type: ignore[union-attr]
        for run_id in ids:
            told = {log.dagster_event_type for log in instance.all_logs(run_id)}
            assert dg.DagsterEventType.ASSET_CHECK_EVALUATION in told
            assert dg.DagsterEventType.RUN_SUCCESS in told
