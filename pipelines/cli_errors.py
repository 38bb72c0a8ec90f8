"""How a command ends that cannot do what it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipelines import exit_codes


@contextmanager
def told(*errors: type[Exception]) -> Iterator[None]:
    """End the command with the message of one of these errors, and no traceback."""
    try:
        yield
    except errors as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(exit_codes.ERROR) from error
