"""The command line: arguments in, a Dagster job, a summary and an exit code out.

No logic of its own. Imports are kept inside the commands: `doctor` and `explain` answer without
starting Dagster.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines import exit_codes
from pipelines.settings import Settings, SettingsError, load_settings

app = typer.Typer(
    name="mittaristo",
    help="Customer experience in euros: CRM, billing and helpdesk data in, one validated DuckDB "
    "file out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

HomeOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the warehouse and of what it publishes. [default: .mittaristo]",
        show_default=False,
    ),
]


def _settings(
    home: Path | None,
    sources: Path | None = None,
    inbox: Path | None = None,
    as_of: str | None = None,
) -> Settings:
    try:
        return load_settings(home=home, sources=sources, inbox=inbox, as_of=as_of)
    except SettingsError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(exit_codes.ERROR) from error


@app.command()
def run(
    home: HomeOption = None,
    sources: Annotated[
        Path | None,
        typer.Option(
            help="Settings of sources and parameters. [default: sources.toml if it exists]",
            show_default=False,
        ),
    ] = None,
    inbox: Annotated[
        Path | None,
        typer.Option(
            help="Folder of contract files: customers.csv, invoices.parquet, tickets.jsonl.gz, …"
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            help="Read the data as known at this instant, for history and reproducible runs: "
            "2026-03-31T21:00:00Z, or 2026-03-31 for that whole day. "
            "[default: when the last file was loaded]",
            show_default=False,
        ),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(
            help="Only these assets, in Dagster's selection syntax: 'key:marts/churn_value+'."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option(help="No progress, only the summary.")] = False,
) -> None:
    """Extract, validate, build, validate and publish.

    Exit code 0: published (or nothing new). 2: a check or the input blocked it, what was published
    stays. 1: an error.
    """
    settings = _settings(home, sources, inbox, as_of)
    from pipelines.launch import launch

    raise typer.Exit(launch(settings, select, sys.stderr if not quiet else None))


@app.command()
def demo(
    home: HomeOption = None,
) -> None:
    """Run the small hand-made company under demo/, whose every figure can be checked by hand."""
    from pipelines.contract import PROJECT_DIR

    as_of = (PROJECT_DIR / "demo" / "as_of.txt").read_text(encoding="utf-8").strip()
    settings = _settings(home, PROJECT_DIR / "demo" / "sources.toml", None, as_of)
    from pipelines.launch import launch

    raise typer.Exit(launch(settings, None, sys.stderr))


@app.command()
def doctor(home: HomeOption = None, inbox: Annotated[Path | None, typer.Option()] = None) -> None:
    """Check this installation and home, and say what to do about each finding."""
    from pipelines.doctor import examine

    findings = examine(_settings(home, inbox=inbox))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.is_ok else 'FIX '} {finding.subject}: {finding.says}")
    raise typer.Exit(0 if all(finding.is_ok for finding in findings) else exit_codes.ERROR)


@app.command()
def explain(
    metric: Annotated[str, typer.Argument(help="Metric id, for example churn_value_eur.")],
    home: HomeOption = None,
) -> None:
    """A metric's definition in both languages, its formula, its models and its last value."""
    from pipelines.explain import UnknownMetricError
    from pipelines.explain import explain as explain_metric

    try:
        typer.echo(explain_metric(metric, _settings(home).home))
    except UnknownMetricError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(exit_codes.ERROR) from error


def main() -> None:
    """Entry point; no tool beneath reports home."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    app()


if __name__ == "__main__":
    main()
