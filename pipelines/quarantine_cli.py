"""`mittaristo quarantine …`: arguments in, tables and messages out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines.cli_errors import told
from pipelines.settings import SettingsError, load_settings

app = typer.Typer(
    help="Rows that broke a rule of the contract: which, why, and what became of them.",
    no_args_is_help=True,
)

HomeOption = Annotated[
    Path | None,
    typer.Option(help="Folder of the warehouse. [default: .mittaristo]", show_default=False),
]
EntityArgument = Annotated[str, typer.Argument(help="Entity of the contract, e.g. invoices.")]
EntityOption = Annotated[
    str | None, typer.Option(help="Only this entity of the contract.", show_default=False)
]


@contextmanager
def _warehouse(home: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    from pipelines.quarantine import QuarantineError
    from pipelines.warehouse import WarehouseBusyError, connect, create_empty_tables

    with told(SettingsError, WarehouseBusyError, QuarantineError):
        settings = load_settings(home=home)
        if not settings.home.warehouse.exists():
            raise SettingsError(
                f"{settings.home.path} holds no warehouse; run `mittaristo run`, or name another "
                "folder with --home"
            )
        with connect(settings.home) as connection:
            create_empty_tables(connection)
            yield connection


@app.command("list")
def list_groups(entity: EntityOption = None, home: HomeOption = None) -> None:
    """How many rows break which rule, by file."""
    from pipelines.quarantine import groups

    with _warehouse(home) as connection:
        found = groups(connection, entity)
    if not found:
        typer.echo("nothing is in quarantine")
        return
    for group in found:
        typer.echo(
            f"{group.rows_n:>9,}  {group.entity}: {group.rule}\n"
            f"{'':11}{group.file} from row {group.first_row_no} on, "
            f"first seen {group.first_seen_at:%Y-%m-%d %H:%M}"
        )


@app.command()
def show(
    entity: EntityArgument,
    file: Annotated[str | None, typer.Option(help="Only rows of this file.")] = None,
    row: Annotated[list[int] | None, typer.Option(help="Only this row; repeatable.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 20,
    home: HomeOption = None,
) -> None:
    """Rows with their reasons and what was delivered; personal values are masked."""
    from pipelines.quarantine import held

    with _warehouse(home) as connection:
        rows = list(islice(held(connection, entity, file, row or ()), limit + 1))
    for one in rows[:limit]:
        waits = " (leaves by itself when that arrives)" if one.is_waiting else ""
        typer.echo(f"{one.file} row {one.row_no}: {one.reasons}{waits}\n  {one.payload}")
    if len(rows) > limit:
        typer.echo("… and more; --limit shows them, `quarantine export` writes all to a file")
    if not rows:
        typer.echo(f"no such row of {entity} is in quarantine")


@app.command()
def export(
    target: Annotated[Path, typer.Argument(help="CSV file to write; must not exist.")],
    entity: EntityOption = None,
    home: HomeOption = None,
) -> None:
    """All rows as CSV, for whoever corrects them at the source."""
    from pipelines.quarantine import export as write

    with _warehouse(home) as connection:
        rows_n = write(connection, target, entity)
    typer.echo(f"{rows_n:,} rows written to {target}" if rows_n else "nothing is in quarantine")


@app.command()
def release(
    entity: EntityArgument,
    file: Annotated[str, typer.Option(help="File as `quarantine show` names it.")],
    row: Annotated[list[int], typer.Option(help="Row as `show` names it; repeatable.")],
    why: Annotated[str, typer.Option(help="The reason; kept in meta.released_row.")],
    home: HomeOption = None,
) -> None:
    """Let rows in although they break a limit or name a parent that never came.

    The next run builds them. A row with a value that cannot be read has nothing to let in: correct
    it at the source.
    """
    from pipelines.quarantine import release as let_in

    with _warehouse(home) as connection:
        rows = let_in(connection, entity, file, row, why, datetime.now(UTC))
    for one in rows:
        typer.echo(f"{one.file} row {one.row_no} is released: {one.reasons}")
    typer.echo("the next `mittaristo run` builds with them")
