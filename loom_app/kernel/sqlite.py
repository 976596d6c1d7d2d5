"""SQLite under SQLAlchemy's asyncio, with at most one visit to aiosqlite's thread for each statement instead of four.

A visit costs little by itself, but a thread that comes to a busy process waits for its turn each time. Statements that
have been quick so far are run in the thread that asks; what could wait for others, for the disk or long for its result
is not: beginning a transaction while another writes, committing it, and whatever turned out slow.
"""

import re
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import URL, create_engine, event
from sqlalchemy import Connection as PlainConnection
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from loom_app.kernel.turns import turn

Execute = Callable[[sqlite3.Connection], sqlite3.Cursor]


HERE_MILLISECONDS = 200
"""How long reading in the asking thread may wait for a lock, which readers of a WAL hardly ever meet."""


TURN_SECONDS = 20.0
"""How long the other thread waits for its turn to write; then it asks SQLite all the same."""


QUICK_SECONDS = 0.001
"""What a statement may take to run in the thread that asks."""
SURE_AFTER = 3
"""How often in a row a statement has to have been quick before it does."""
REST_AFTER_SLOW = 200
"""How often one that was slow goes to the other thread from then on."""
OPERATIONS = 20_000
"""Of SQLite's machine, about a millisecond: a query that is still at work then is begun anew in the other thread."""
STATEMENTS = 2_000
"""How many are remembered; then it begins anew."""
FEW = 8
"""So many rows given to one statement are no reason to leave it to the other thread."""
WRITING = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)


class Told(NamedTuple):
    """What a cursor says of itself once its statement is through."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1


@dataclass(slots=True)
class Pace:
    """How quick a statement has been of late."""

    reads: bool
    _in_a_row: int = 0

    @property
    def quick(self) -> bool:
        """Whether it may run in the thread that asks."""
        return self._in_a_row >= SURE_AFTER

    def note(self, seconds: float) -> None:
        """Remembers what it took."""
        self._in_a_row = self._in_a_row + 1 if seconds < QUICK_SECONDS else -REST_AFTER_SLOW


class Paces:
    """Of the statements of a process."""

    def __init__(self) -> None:
        self._known: dict[str, Pace] = {}

    def of(self, operation: str) -> Pace:
        """That of a statement; of "" one that is never quick."""
        if not operation:
            return Pace(reads=False)
        if (known := self._known.get(operation)) is not None:
            return known
        if len(self._known) > STATEMENTS:
            self._known.clear()
        self._known[operation] = made = Pace(reads=not WRITING.search(operation))
        return made


PACES = Paces()
READING = "BEGIN"
"""What begins a transaction that only reads, and so waits for nobody."""


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
        await self._visit(operation, lambda db: db.execute(operation, () if parameters is None else parameters))

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        pace = operation if len(seq_of_parameters) <= FEW else ""
        await self._visit(pace, lambda db: db.executemany(operation, seq_of_parameters))

    async def _visit(self, operation: str, execute: Execute) -> None:
        self._cursor, rows = await self._adapt_connection.visit(operation, execute)
        self._rows = deque(rows)


class Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that sends what begins a transaction along with the first statement in it."""

    __slots__ = ("_away", "_opening", "_reading", "_turns", "_visited")
    _cursor_cls = Cursor
    _ss_cursor_cls = Cursor  # type: ignore[assignment]  # whoever asks for a stream gets all rows at once

    def __init__(self, dbapi: Any, connection: Any, turns: str) -> None:
        super().__init__(dbapi, connection)
        self._turns = turns
        self._opening, self._reading, self._visited, self._away = "", False, False, False

    def begin(self, statement: str) -> None:
        """A transaction begins with `statement` as soon as there is something to do in it."""
        self._opening, self._reading = statement, statement == READING

    def commit(self) -> None:
        """Ends the transaction, if anything was done in it."""
        self._end(super().commit)

    def rollback(self) -> None:
        """Undoes the transaction, if anything was done in it."""
        self._end(self._here.rollback if self._reading and not self._away else super().rollback)

    async def visit(self, operation: str, execute: Execute) -> tuple[Told, list[Any]]:
        """Runs `execute`, which does `operation`, and reads whatever it found; "" is a long one."""
        async with self._execute_mutex:
            opening, self._opening, self._visited = self._opening, "", True
            pace = PACES.of(operation)
            if pace.quick and not self._away and _opened(self._here, opening, self._turns):
                if (done := _run_here(self._here, execute, pace)) is not None:
                    return done
                opening = ""
            self._away = True
            inner: Any = self._connection
            there = partial(self._run_there, opening, execute, pace)
            told: tuple[Told, list[Any]] = await inner._execute(there)  # noqa: SLF001 - the way into aiosqlite's thread
            return told

    @property
    def _here(self) -> sqlite3.Connection:
        inner: Any = self._connection
        plain: sqlite3.Connection = inner._conn  # noqa: SLF001 - it has no other name
        return plain

    def _run_there(self, opening: str, execute: Execute, pace: Pace) -> tuple[Told, list[Any]]:
        """Called in the other thread, also to its end when nobody waits for it any more."""
        try:
            if opening:
                with turn(self._turns if opening != READING else "", TURN_SECONDS):
                    self._here.execute(opening)
            begun = time.thread_time()
            done = _run(self._here, execute)
            pace.note(time.thread_time() - begun)
            return done
        finally:
            self._away = False

    def _end(self, end: Callable[[], None]) -> None:
        self._opening = ""
        if self._visited:
            end()
            self._visited = False


def _run(db: sqlite3.Connection, execute: Execute) -> tuple[Told, list[Any]]:
    cursor = execute(db)
    try:
        rows = cursor.fetchall()
        return Told(cursor.description, cursor.rowcount, cursor.lastrowid), rows
    finally:
        cursor.close()


def _opened(db: sqlite3.Connection, opening: str, turns: str) -> bool:
    """Begins the transaction if that takes no waiting for another to end; whether it did."""
    if opening in ("", READING):
        db.execute(opening)
        return True
    with turn(turns, 0) as is_ours:
        return is_ours and _began(db, opening)


def _began(db: sqlite3.Connection, opening: str) -> bool:
    (patience,) = db.execute("PRAGMA busy_timeout").fetchone()
    db.execute("PRAGMA busy_timeout=0")
    try:
        db.execute(opening)
    except sqlite3.OperationalError as error:
        if _code(error) & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    finally:
        db.execute(f"PRAGMA busy_timeout={patience}")
    return True


def _code(error: sqlite3.OperationalError) -> int:
    """SQLite's own number of the error; 0 for what the driver raises by itself, as for text that is none."""
    return getattr(error, "sqlite_errorcode", 0)


def _run_here(db: sqlite3.Connection, execute: Execute, pace: Pace) -> tuple[Told, list[Any]] | None:
    """None where a query would take longer than it should here; it has changed nothing then."""
    begun = time.perf_counter()
    if pace.reads:
        db.set_progress_handler(lambda: 1, OPERATIONS)
    try:
        return _run(db, execute)
    except sqlite3.OperationalError as error:
        if _code(error) != sqlite3.SQLITE_INTERRUPT:
            raise
        pace.note(QUICK_SECONDS * 2)
        return None
    finally:
        db.set_progress_handler(None, 0)
        pace.note(time.perf_counter() - begun)


def sqlite_engine(url: str, *, begin: str, pragmas: tuple[str, ...], size: int) -> AsyncEngine:
    """An engine of at most `size` connections, each opened with `pragmas`, whose transactions start with `begin`."""
    engine = create_async_engine(url, hide_parameters=True, pool_size=size, max_overflow=0, pool_timeout=30)
    file = engine.url.database or ""
    turns = f"{file}-turn" if file and not file.startswith((":", "file:")) else ""

    @event.listens_for(engine.sync_engine, "do_connect")
    def _connect(dialect: Any, _record: Any, args: Any, options: Any) -> Connection:
        plain = dialect.connect(*args, **options)
        return Connection(plain.dbapi, plain.driver_connection, turns)

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
