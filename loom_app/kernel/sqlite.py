"""SQLite under SQLAlchemy's asyncio, with one visit to aiosqlite's thread for each statement instead of four.

A visit costs little by itself, but a thread that comes to a busy process waits for its turn each time.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import URL, create_engine, event
from sqlalchemy import Connection as PlainConnection
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Execute = Callable[[sqlite3.Connection], sqlite3.Cursor]


HERE_MILLISECONDS = 200
"""How long reading in the asking thread may wait for a lock, which readers of a WAL hardly ever meet."""


class Told(NamedTuple):
    """What a cursor says of itself once its statement is through."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1


class Cursor(AsyncAdapt_aiosqlite_cursor):
    """Opens, executes, reads and closes in one visit: the rows are here when `execute` returns."""

    __slots__ = ()
    _adapt_connection: "Connection"
    _cursor: Any

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    def _make_new_cursor(self, connection: Any) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return Told()

    def close(self) -> None:
        """Forgets the rows."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """Has happened in the visit."""

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._visit(lambda db: db.execute(operation, () if parameters is None else parameters))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._visit(lambda db: db.executemany(operation, seq_of_parameters))

    async def _visit(self, execute: Execute) -> None:
        self._cursor, rows = await self._adapt_connection.visit(execute)
        self._rows = deque(rows)


class Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that sends what begins a transaction along with the first statement in it."""

    __slots__ = ("_opening", "_visited")
    _cursor_cls = Cursor
    _ss_cursor_cls = Cursor  # type: ignore[assignment]  # whoever asks for a stream gets all rows at once

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._opening, self._visited = "", False

    def begin(self, statement: str) -> None:
        """A transaction begins with `statement` as soon as there is something to do in it."""
        self._opening = statement

    def commit(self) -> None:
        """Ends the transaction, if anything was done in it."""
        self._end(super().commit)

    def rollback(self) -> None:
        """Undoes the transaction, if anything was done in it."""
        self._end(super().rollback)

    async def visit(self, execute: Execute) -> tuple[Told, list[Any]]:
        """Runs `execute` in the connection's thread and reads whatever it found."""
        async with self._execute_mutex:
            opening, self._opening, self._visited = self._opening, "", True
            inner: Any = self._connection
            done: tuple[Told, list[Any]] = await inner._execute(_run, inner._conn, opening, execute)  # noqa: SLF001 - the way into aiosqlite's thread
            return done

    def _end(self, end: Callable[[], None]) -> None:
        self._opening = ""
        if self._visited:
            end()
            self._visited = False


def _run(db: sqlite3.Connection, opening: str, execute: Execute) -> tuple[Told, list[Any]]:
    if opening:
        db.execute(opening)
    cursor = execute(db)
    try:
        rows = cursor.fetchall()
        return Told(cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


def sqlite_engine(url: str, *, begin: str, pragmas: tuple[str, ...], size: int) -> AsyncEngine:
    """An engine of at most `size` connections, each opened with `pragmas`, whose transactions start with `begin`."""
    engine = create_async_engine(url, hide_parameters=True, pool_size=size, max_overflow=0, pool_timeout=30)

    @event.listens_for(engine.sync_engine, "do_connect")
    def _connect(dialect: Any, _record: Any, args: Any, options: Any) -> Connection:
        plain = dialect.connect(*args, **options)
        return Connection(plain.dbapi, plain.driver_connection)

    @event.listens_for(engine.sync_engine, "connect")
    def _open(connection: Any, _entry: Any) -> None:
        connection.isolation_level = None  # we begin ourselves, see below
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(opened: Any) -> None:
        opened.connection.dbapi_connection.begin(begin)

    return engine


def reading_here(url: URL) -> PlainConnection:
    """A connection that reads in the thread that asks; each statement sees what was committed before it."""
    engine = create_engine(url.set(drivername="sqlite"), hide_parameters=True, isolation_level="AUTOCOMMIT")

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _entry: Any) -> None:
        for pragma in (f"busy_timeout={HERE_MILLISECONDS}", "query_only=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine.connect()
