"""The demo companies: one is simulated, one is made by hand; each runs in a home of its own.

The simulated one is served by its vendors on the loopback, and the real connectors read it.

The only production module that knows the simulator, and only while a demo is asked for: it is
imported inside the functions, so that no run of a real company ever loads it
(docs/decisions/simulator.md).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from pipelines.contract import PROJECT_DIR
from pipelines.launch import launch
from pipelines.progress import Progress
from pipelines.settings import Home, Settings, SettingsError, default_parameters, load_settings

SIMULATED_HOME = Path(".mittaristo-demo")
BY_HAND_HOME = Path(".mittaristo-by-hand")
_MARK = "demo.txt"

CUSTOMERS, SEED = 300, 1
# Would come before the demo's token.
_NOT_THE_DEMOS = ("ZENDESK_OAUTH_TOKEN",)


def run_simulated(home: Path, stream: TextIO | None) -> int:
    """Run the simulated company as its vendors serve it; returns the exit code.

    HubSpot, Stripe and Zendesk answer on the loopback for as long as the run lasts, and the
    connectors see nothing of them but an address. What no vendor keeps comes as files, written
    once. Settings come from nowhere else: neither the environment nor a sources.toml of the user's
    own company has a say. Raises SettingsError when the home is not the demo's.
    """
    from assets.helpdesk.zendesk.streams import USUAL
    from simulator.company import AS_OF
    from simulator.files import utc_text
    from simulator.generate import simulate, write_truth
    from simulator.vendors import serving_vendors, told, vendors_of, write_the_rest

    _claim(home, "simulated, by API")
    progress = Progress(stream)
    with progress.step(f"simulate {CUSTOMERS:,} customers and their vendors"):
        log = told(simulate(CUSTOMERS, SEED))
        vendors = vendors_of(log)
    company = home / "company"
    # Written last, so a company without it was interrupted.
    if not (company / "as_of.txt").exists():
        shutil.rmtree(company, ignore_errors=True)
        with progress.step("write what no vendor keeps, and what is true"):
            write_the_rest(company / "inbox", log, vendors)
            write_truth(company / "truth", log)
            (company / "as_of.txt").write_text(utc_text(AS_OF) + "\n", encoding="utf-8")
    with _environment(vendors.credentials), serving_vendors(vendors) as sections:
        # This company chats by messaging, which most do not.
        sections["zendesk"]["streams"] = [*(each.name for each in USUAL), "engagements"]
        return launch(replace(_settings(home, AS_OF), vendors=sections), None, stream)


def _settings(home: Path, as_of: int) -> Settings:
    return Settings(
        home=Home(home.resolve()),
        inbox=(home / "company" / "inbox").resolve(),
        as_of=datetime.fromtimestamp(as_of, UTC),
        parameters=default_parameters(),
    )


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The demo's own credentials; those of the user's company are left alone and unread."""
    former = {name: os.environ.get(name) for name in (*variables, *_NOT_THE_DEMOS)}
    for name in _NOT_THE_DEMOS:
        os.environ.pop(name, None)
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def run_by_hand(home: Path, stream: TextIO | None) -> int:
    """Run the company of demo/, whose every figure can be checked by hand; returns the exit code.

    Raises SettingsError when the home is not the demo's.
    """
    folder = PROJECT_DIR / "demo"
    _claim(home, "by hand")
    as_of = (folder / "as_of.txt").read_text(encoding="utf-8").strip()
    settings = load_settings(home, folder / "sources.toml", folder / "inbox", as_of)
    return launch(replace(settings, home=Home(home.resolve())), None, stream)


def write_files(
    folder: Path,
    stream: TextIO | None,
    *,
    customers: int,
    seed: int,
    is_messy: bool = False,
    is_restated: bool = False,
    form: str = "csv",
) -> None:
    """Write a simulated company's contract files and its truth.

    Raises SettingsError when the folder holds something already.
    """
    from simulator.generate import Wanted, write_company

    if folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder}: not empty; --files takes a new or an empty folder")
    progress = Progress(stream)
    with progress.step(f"simulate {customers:,} customers, seed {seed}"):
        wanted = Wanted(customers, seed, is_messy, form, is_restated)
        write_company(folder, wanted, progress.say)


def how_to_run(folder: Path, command: str) -> str:
    """What was written, and the command that runs it."""
    as_of = (folder / "as_of.txt").read_text(encoding="utf-8").strip()
    run = f"{command} run --home {folder / 'home'} --as-of {as_of} --inbox"
    lines = [
        f"what comes in  {folder / 'inbox'}",
        f"what is true   {folder / 'truth'}",
        f"to run it      {run} {folder / 'inbox'}",
    ]
    if (folder / "inbox-later").exists():
        lines += [
            f"then           {run} {folder / 'inbox-later'}",
            f"true before    {folder / 'truth' / 'before'}",
        ]
    return "\n".join(lines)


def where_to_look(home: Path, command: str) -> str:
    """What a person does next with the published demo."""
    published = home / "published" / "current.duckdb"
    company = home / "company"
    lines = [
        "",
        "Where to look:",
        f"  figures       {published} (SQL and BI tools: docs/connect-bi.md)",
        f"  agents        {home / 'restricted' / 'current.duckdb'}",
        f"  a definition  {command} explain churn_value_eur --home {home}",
    ]
    if company.exists():
        lines += [
            f"  what came in  {home / 'warehouse.duckdb'}: raw_hubspot, raw_stripe, raw_zendesk",
            f"  and as files  {company / 'inbox'}",
            "  who is who    meta.identity_link and meta.identity_match, beside the figures",
            f"  what is true  {company / 'truth'}, computed from the company's own log",
        ]
    else:
        lines.append("  every figure, worked out by hand: demo/README.md")
    return "\n".join(lines)


def _claim(home: Path, company: str) -> None:
    """Mark the home as this demo's, so that no two companies ever mix in one warehouse."""
    mark = home / _MARK
    claimed = mark.read_text(encoding="utf-8").strip() if mark.exists() else None
    if claimed != company and Home(home).warehouse.exists():
        raise SettingsError(
            f"{home} holds {f'the company {claimed}' if claimed else 'data of its own'}, which "
            "the demo would mix with; name another folder with --home"
        )
    home.mkdir(parents=True, exist_ok=True)
    mark.write_text(f"{company}\n", encoding="utf-8")
