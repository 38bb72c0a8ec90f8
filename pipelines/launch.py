"""Runs the refresh job in this process and says what came of it.

Used by the command line alone. The job decides and does; this module starts it, and reads the
summary from the warehouse's own records.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Protocol, TextIO

from assets.files.discovery import Deliveries, discover
from assets.published import is_published
from pipelines import exit_codes
from pipelines.contract import PROJECT_DIR
from pipelines.plan import expected_streams, is_idle
from pipelines.progress import Progress
from pipelines.settings import Settings
from pipelines.summary import print_summary
from pipelines.warehouse import WarehouseBusyError, connect, create_empty_tables

# The event log keeps everything; a person at the command line reads the progress instead.
QUIET_CONSOLE = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
DAGSTER_CONFIG = PROJECT_DIR / "pipelines" / "dagster.yaml"


def prepare_dagster_home(folder: Path) -> None:
    """The instance keeps its runs in the home, with telemetry off and one writer at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(DAGSTER_CONFIG, folder / "dagster.yaml")
    os.environ["DAGSTER_HOME"] = str(folder)


def _sync_less_often() -> None:
    """Dagster's SQLite files commit four times an event, and each commit waits for the disk.

    They are the history of runs, in write-ahead mode: a killed process loses nothing, a power cut
    the last events of one run.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    @event.listens_for(Engine, "connect")
    def relax(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("pragma synchronous = normal")


def launch(settings: Settings, selection: str | None, stream: TextIO | None) -> int:
    """Run the job to its end; returns the exit code (0 published, 2 blocked, 1 error)."""
    started = time.monotonic()
    progress = Progress(stream)
    settings.home.create()
    prepare_dagster_home(settings.home.dagster)
    _sync_less_often()
    deliveries = discover(settings.inbox) if settings.inbox else Deliveries((), ())
    try:
        with connect(settings.home) as connection:
            create_empty_tables(connection)
            delivered = expected_streams(connection, deliveries)
            if selection is None and is_idle(
                connection, settings, deliveries, is_published(settings.home)
            ):
                # A job of some hundred assets takes seconds to say the same.
                for warning in deliveries.warnings:
                    progress.say(f"warning: {warning}")
                progress.say("nothing new")
                print_summary(connection, settings.home, "", time.monotonic() - started)
                return exit_codes.PUBLISHED
    except WarehouseBusyError as error:
        progress.say(f"error: {error}")
        return exit_codes.ERROR

    progress.say("start")
    import dagster as dg

    # It warns of every check that was skipped because there was nothing to check. The level of
    # "dagster" itself is set back by whoever asks it for a logger.
    logging.getLogger("dagster._core").setLevel(logging.ERROR)

    from pipelines.dbt import ensure_parsed
    from pipelines.definitions import build_defs
    from pipelines.jobs import BLOCKING_ERRORS, REFRESH

    ensure_parsed()
    with dg.DagsterInstance.get() as instance:
        job = build_defs(settings, progress, selection, delivered).resolve_job_def(REFRESH)
        result = job.execute_in_process(
            instance=instance, raise_on_error=False, run_config=QUIET_CONSOLE
        )

    errors = [
        event.step_failure_data.error
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.error
    ]
    causes = [_root(error) for error in errors]
    for cause in causes:
        progress.say(f"{cause.cls_name}: {cause.message.strip()}")
    with connect(settings.home) as connection:
        print_summary(connection, settings.home, result.run_id, time.monotonic() - started)
    if result.success:
        return exit_codes.PUBLISHED
    is_blocked = any(cause.cls_name in BLOCKING_ERRORS for cause in causes)
    return exit_codes.BLOCKED if is_blocked else exit_codes.ERROR


class _Failure(Protocol):
    """What Dagster keeps of an exception."""

    @property
    def message(self) -> str: ...

    @property
    def cls_name(self) -> str | None: ...

    @property
    def cause(self) -> _Failure | None: ...


def _root(error: _Failure) -> _Failure:
    """What went wrong in the first place, beneath the layers that Dagster puts round it."""
    while error.cause:
        error = error.cause
    return error
