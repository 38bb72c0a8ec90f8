"""When runs start by themselves."""

from __future__ import annotations

import dagster as dg


def daily_refresh(job: dg.UnresolvedAssetJobDefinition, time_zone: str) -> dg.ScheduleDefinition:
    """Every morning before the working day begins, in the reporting time zone."""
    return dg.ScheduleDefinition(
        name="daily_refresh",
        job=job,
        cron_schedule="0 5 * * *",
        execution_timezone=time_zone,
        description="Daily at 05:00 of the reporting time zone.",
    )
