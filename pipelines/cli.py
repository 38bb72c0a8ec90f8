"""The command line: arguments in, a Dagster job, a summary and an exit code out.

No logic of its own. Imports are kept inside the commands: `doctor` and `explain` answer without
starting Dagster.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipelines import exit_codes, quarantine_cli
from pipelines.cli_errors import told
from pipelines.settings import Settings, SettingsError, load_settings

app = typer.Typer(
    name="mittaristo",
    help="Customer experience in euros: CRM, billing and helpdesk data in, one validated DuckDB "
    "file out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


sources_app = typer.Typer(help="The sources behind an API.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")


class Form(StrEnum):
    """What contract files are written as."""

    csv = "csv"
    parquet = "parquet"


app.add_typer(quarantine_cli.app, name="quarantine")

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
    with told(SettingsError):
        return load_settings(home=home, sources=sources, inbox=inbox, as_of=as_of)


def _called_as() -> str:
    """How this program was started, so that what is printed can be typed."""
    return sys.argv[0] if Path(sys.argv[0]).name == "mittaristo" else "mittaristo"


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
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TABLE:EXPECTATION",
            help="Publish although this expectation fails, in this run only; needs --why. "
            "May be given several times.",
            show_default=False,
        ),
    ] = None,
    why: Annotated[
        str | None,
        typer.Option(help="The reason of --allow; published in meta.override.", show_default=False),
    ] = None,
    quiet: Annotated[bool, typer.Option(help="No progress, only the summary.")] = False,
) -> None:
    """Extract, validate, build, validate and publish.

    Exit code 0: published (or nothing new). 2: a check or the input blocked it, what was published
    stays. 1: an error.
    """
    settings = _settings(home, sources, inbox, as_of)
    from pipelines.launch import launch
    from pipelines.overrides import allowed_failures

    with told(SettingsError):
        settings = replace(settings, allowed_failures=allowed_failures(allow or (), why))
    raise typer.Exit(launch(settings, select, sys.stderr if not quiet else None))


@app.command()
def demo(
    home: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the demo's warehouse, apart from your own. "
            "[default: .mittaristo-demo or .mittaristo-by-hand]",
            show_default=False,
        ),
    ] = None,
    by_hand: Annotated[
        bool,
        typer.Option(
            "--by-hand",
            help="Run the small company of demo/, whose every figure demo/README.md works out.",
        ),
    ] = False,
    files: Annotated[
        Path | None,
        typer.Option(
            help="Run nothing: write a simulated company's files and truth into this empty folder.",
            show_default=False,
        ),
    ] = None,
    customers: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100_000,
            help="With --files: how many there are over the years. [default: 200]",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="With --files: the same seed gives the same bytes on any machine. [default: 1]",
            show_default=False,
        ),
    ] = None,
    mess: Annotated[
        bool,
        typer.Option(
            "--mess",
            help="With --files: delivered carelessly, with duplicates, late rows, corrections and "
            "rows that the contract refuses. The truth stays the same.",
        ),
    ] = False,
    later: Annotated[
        bool,
        typer.Option(
            "--later",
            help="With --files: hold late rows and corrections back for a second delivery, "
            "DIR/inbox-later; DIR/truth/before is the truth until then.",
        ),
    ] = False,
    form: Annotated[
        Form | None,
        typer.Option(
            "--format",
            help="With --files: text, or typed columns. [default: csv]",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Simulate a company, run it and publish its figures; say where to look.

    A Finnish subscription business over 36 months, with contracts and a shop, three currencies,
    tickets, calls and surveys. HubSpot, Stripe and Zendesk serve it on this machine's loopback, and
    the connectors of a real company read it there; it needs neither credentials nor a network. It
    is the same on every machine, lives in a home of its own, and a second call finds nothing new.
    Nothing of it is real.

    `mittaristo demo --files DIR --customers 5000 --mess` runs nothing and writes DIR/inbox (the
    files that a company of your own would deliver, see docs/sources.md), DIR/truth (the figures
    that a run of them must publish) and DIR/as_of.txt:

    `mittaristo run --home H --inbox DIR/inbox --as-of $(cat DIR/as_of.txt)`
    """
    from pipelines import demo as demos

    with told(SettingsError):
        if files is not None:
            demos.write_files(
                files,
                sys.stderr,
                customers=customers or 200,
                seed=1 if seed is None else seed,
                is_messy=mess,
                is_restated=later,
                form=form or "csv",
            )
            typer.echo(demos.how_to_run(files, _called_as()))
            return
        if mess or later or (customers, seed, form) != (None, None, None):
            raise SettingsError(
                "--customers, --seed, --mess, --later and --format go with --files DIR; "
                "the demo itself is always the same company"
            )
        if by_hand:
            home = home or demos.BY_HAND_HOME
            code = demos.run_by_hand(home, sys.stderr)
        else:
            home = home or demos.SIMULATED_HOME
            code = demos.run_simulated(home, sys.stderr)
    if code == exit_codes.PUBLISHED:
        typer.echo(demos.where_to_look(home, _called_as()))
    raise typer.Exit(code)


@app.command()
def doctor(home: HomeOption = None, inbox: Annotated[Path | None, typer.Option()] = None) -> None:
    """Check this installation and home, and say what to do about each finding."""
    from pipelines.doctor import examine

    findings = examine(_settings(home, inbox=inbox))
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.is_ok else 'FIX '} {finding.subject}: {finding.says}")
    raise typer.Exit(0 if all(finding.is_ok for finding in findings) else exit_codes.ERROR)


@app.command()
def trust(home: HomeOption = None) -> None:
    """How far the published figures can be trusted.

    Their age, their checks, what was let through in spite of them, what is set aside, and how much
    of the catalogue has a figure, each beside the version before.
    """
    from pipelines.trust import NothingPublishedError, examine, in_words

    with told(NothingPublishedError):
        for line in in_words(examine(_settings(home).home)):
            typer.echo(line)


@sources_app.command()
def check(
    sources: Annotated[
        Path | None,
        typer.Option(
            help="Settings of sources. [default: sources.toml if it exists]", show_default=False
        ),
    ] = None,
) -> None:
    """For each stream of each configured API, whether the credentials reach it; lands nothing."""
    from assets.vendors import check_access

    settings = _settings(None, sources)
    if not settings.vendors:
        typer.echo("no API is configured; sources.example.toml shows the sections there are")
        return
    is_ok = True
    with told(SettingsError):
        for name, access in check_access(settings):
            is_ok &= access.is_ok
            typer.echo(
                f"{'ok  ' if access.is_ok else 'FIX '} {name} {access.stream}: {access.says}"
            )
    raise typer.Exit(0 if is_ok else exit_codes.ERROR)


@app.command()
def explain(
    metric: Annotated[str, typer.Argument(help="Metric id, for example churn_value_eur.")],
    home: HomeOption = None,
) -> None:
    """A metric's definition in both languages, its formula, its models and its last value."""
    from pipelines.explain import UnknownMetricError
    from pipelines.explain import explain as explain_metric

    with told(UnknownMetricError):
        typer.echo(explain_metric(metric, _settings(home).home))


def main() -> None:
    """Entry point; no tool beneath reports home."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    app()


if __name__ == "__main__":
    main()
