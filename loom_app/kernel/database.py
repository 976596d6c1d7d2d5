"""The database: one place that knows how SQLite and PostgreSQL want to be opened, read and written."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from loom_app.kernel.errors import Unavailable
from loom_app.kernel.sqlite import READING, reading_here, sqlite_engine

AT_COMMIT = "loom_at_commit"
BUSY_MILLISECONDS = 20_000
PRAGMAS = (
    f"busy_timeout={BUSY_MILLISECONDS}",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "cache_size=-16000",
)
ON_SERVER = {"server_settings": {"jit": "off", "idle_in_transaction_session_timeout": "30s"}}
"""PostgreSQL would compile statements for longer than the longest of ours runs. Whoever is stopped in the middle of a
transaction keeps its rows from others for no longer than this."""

AtCommit = Callable[[AsyncSession], Awaitable[None]]


class Database:
    """Opens transactions. Services get an open session and never commit; the edges open it here.

    SQLite: WAL, foreign keys, one writing connection per process that begins IMMEDIATE, and several reading ones.
    PostgreSQL: one pool for both.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            _make_folder(Path(self.url.database or "loom.db").parent)
            self._writer = sqlite_engine(url, begin="BEGIN IMMEDIATE", pragmas=PRAGMAS, size=1)
            self._reader = sqlite_engine(url, begin=READING, pragmas=PRAGMAS, size=4)
        else:
            self._writer = create_async_engine(
                url, hide_parameters=True, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args=ON_SERVER
            )
            self._reader = self._writer.execution_options(postgresql_readonly=True)
        self.carried: dict[str, Any] = {}
        """What `info` of every writing transaction begins with."""
        self._write_session = async_sessionmaker(self._writer, expire_on_commit=False, info=self.carried)
        self._read_session = async_sessionmaker(self._reader, expire_on_commit=False)
        self._here: Connection | None = None
        self._listeners: list[Callable[[], None]] = []

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        async with self._write_session() as tx, tx.begin():
            yield tx
            await tx.flush()
            for last in tx.info.pop(AT_COMMIT, {}).values():
                await last(tx)
        for heard in self._listeners:
            heard()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A consistent view of the database that changes nothing."""
        async with self._read_session() as tx:
            yield tx

    async def glance(
        self, statement: Select[*tuple[Any, ...]], given: Mapping[str, Any]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """What one quick statement finds at this moment, outside any transaction.

        For what every request asks. On SQLite it is read here and now: a visit to another thread takes longer than
        finding a few rows by their key.
        """
        if not self.is_sqlite:
            async with self.read() as tx:
                return (await tx.execute(statement, given)).all()
        if self._here is None:
            self._here = reading_here(self.url)
        return self._here.execute(statement, given).all()

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after every transaction this process commits."""
        self._listeners.append(listener)

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and for watching."""
        return self._writer

    @property
    def reader(self) -> AsyncEngine:
        """The reading engine."""
        return self._reader

    async def ping(self) -> None:
        """Raises what the driver raises when the database does not answer."""
        async with self.read() as tx:
            await tx.execute(text("SELECT 1"))

    def sync(self) -> None:
        """Has the disk hold what is committed: SQLite in this mode answers sooner, and a power cut could undo it."""
        log = Path(f"{self.url.database}-wal")
        if self.is_sqlite and log.exists():
            file = os.open(log, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(file)
            finally:
                os.close(file)

    async def dispose(self) -> None:
        """Closes every connection."""
        await self._writer.dispose()
        if self._here is not None:
            self._here.close()
            self._here.engine.dispose()
        if self.is_sqlite:
            await self._reader.dispose()


def inserting(tx: AsyncSession, table: Any) -> Any:
    """An INSERT into `table` of the dialect of `tx`, which can say what happens to rows that are there already."""
    dialect = postgresql if tx.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


async def one_at_a_time(tx: AsyncSession, key: int) -> bool:
    """Has whoever asks for the same `key` wait until `tx` ends; whether that took a lock of PostgreSQL's.

    SQLite has one writer as it is.
    """
    if tx.get_bind().dialect.name != "postgresql":
        return False
    await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})
    return True


def at_commit(tx: AsyncSession, name: str, last: AtCommit) -> None:
    """Runs `last` once at the end of the transaction `tx`, just before it commits; the first one of a name stays."""
    tx.info.setdefault(AT_COMMIT, {}).setdefault(name, last)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"The folder {folder} for the database cannot be made: {error.strerror}."
        raise Unavailable(f"{reason} Set LOOM_DATA_DIR to another.", code="no_data_folder") from error
