"""A SQLAlchemy engine over a DuckDB connection that is already open.

Great Expectations closes each connection before it fetches, and a connection of its own would be a
second opening of the file. So the engine lends out one connection that cannot be closed: each
cursor is a connection of the same database instance, and transactions are the owner's business.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb


class LentConnection:
    """The part of a DBAPI connection that SQLAlchemy needs for reading."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection: duckdb.DuckDBPyConnection | None = connection
        self._time_zone = connection.execute("select current_setting('TimeZone')").fetchone()
        self._cursors: list[duckdb.DuckDBPyConnection] = []

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor in the owner's time zone, which DuckDB does not hand down."""
        if self._connection is None:
            raise duckdb.ConnectionException("the connection was given back to its owner")
        cursor = self._connection.cursor()
        cursor.execute("set timezone = ?", self._time_zone)
        self._cursors.append(cursor)
        return cursor

    def release(self) -> None:
        """Close every cursor and let go of the owner's connection.

        A cursor with unread rows would hold its snapshot of the database, and Great Expectations
        keeps its last context, and all that hangs on it, until the process ends.
        """
        for cursor in self._cursors:
            cursor.close()
        self._cursors.clear()
        self._connection = None

    def begin(self) -> None:
        pass

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        pass

    def close(self) -> None:
        pass


@contextmanager
def lent(connection: duckdb.DuckDBPyConnection) -> Iterator[dict[str, Any]]:
    """Arguments for sqlalchemy.create_engine that make it read through `connection`."""
    from sqlalchemy.pool import StaticPool

    dbapi_connection = LentConnection(connection)
    try:
        yield {"creator": lambda: dbapi_connection, "poolclass": StaticPool}
    finally:
        dbapi_connection.release()


@atexit.register
def _let_go_of_duckdb() -> None:
    """SQLAlchemy's registries outlive the interpreter's clean-up, and with the dialect's module all
    of DuckDB does, whose binding then prints a page of leaks under a run that went well.
    """
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "duckdb_sqlalchemy":
            vars(module).clear()
