"""PostgreSQL's databases for tests: copied from one with the newest schema, and emptied to serve again."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
from sqlalchemy.engine import URL

MOST_USES = 40
"""A database is thrown away after so many tests: emptied tables are not as new."""
LARGEST = 64 * 2**20
SHAPE = """
SELECT md5(concat(
  (SELECT string_agg(concat_ws(' ', oid, relname, relnatts, relchecks, reltriggers), ',' ORDER BY oid)
     FROM (SELECT oid, relname, relnatts, relchecks, relhastriggers AS reltriggers FROM pg_class
            WHERE relnamespace = 'public'::regnamespace) AS classes),
  (SELECT string_agg(concat_ws(' ', oid, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
  (SELECT string_agg(concat_ws(' ', oid, md5(prosrc)), ',' ORDER BY oid) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace),
  (SELECT string_agg(version_num, ',') FROM alembic_version)))
"""
"""Tables, indexes, triggers and functions in one value, which a test that changes any of them changes."""
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
COUNTERS = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SIZE = "SELECT pg_database_size(current_database())"


@dataclass
class _Lent:
    shape: str
    uses: int = 0


@dataclass
class Databases:
    """The databases of one test process at the server of `url`."""

    url: URL
    _template: str = ""
    _lent: dict[str, _Lent] = field(default_factory=dict)
    _free: list[str] = field(default_factory=list)

    async def make(self) -> str:
        """A new database without a single table; its name."""
        name = f"loom_{uuid.uuid4().hex[:12]}"
        await self._administer(f'CREATE DATABASE "{name}"')
        return name

    def copy(self, template: str) -> None:
        """Has what is lent be like the database `template`."""
        self._template = template

    async def lend(self) -> str:
        """The name of an empty database with the newest schema."""
        if self._free:
            return self._free.pop()
        name = f"loom_{uuid.uuid4().hex[:12]}"
        async with self._connected() as connection:
            # Copying files is half the work, and what PostgreSQL 14 does unasked.
            how = "STRATEGY file_copy" if connection.get_server_version().major >= 15 else ""
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}" {how}')
        async with self._connected(name) as connection:
            self._lent[name] = _Lent(await connection.fetchval(SHAPE))
        return name

    async def give_back(self, name: str) -> None:
        """Empties the database for the next test, or drops it where it is not as it was made."""
        lent = self._lent[name]
        lent.uses += 1
        if lent.uses < MOST_USES and await self._emptied(name, lent.shape):
            self._free.append(name)
        else:
            await self.drop(name)

    async def drop(self, name: str) -> None:
        """Removes the database, whoever is connected."""
        self._lent.pop(name, None)
        await self._administer(f'DROP DATABASE "{name}" WITH (FORCE)')

    async def close(self) -> None:
        """Drops what was lent and the template."""
        for name in (*self._lent, self._template):
            await self.drop(name)

    def address(self, name: str) -> str:
        """What a `Database` is opened with."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    async def _emptied(self, name: str, shape: str) -> bool:
        async with self._connected(name) as connection:
            if await connection.fetchval(OTHERS) or await connection.fetchval(SIZE) > LARGEST:
                return False
            if await connection.fetchval(SHAPE) != shape:
                return False
            await _empty(connection)
        return True

    async def _administer(self, statement: str) -> None:
        async with self._connected() as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _connected(self, name: str = "") -> AsyncIterator[asyncpg.Connection]:
        url = self.url.set(drivername="postgresql", database=name or self.url.database)
        connection = await asyncpg.connect(url.render_as_string(hide_password=False))
        try:
            yield connection
        finally:
            await connection.close()


async def _empty(connection: asyncpg.Connection) -> None:
    """No row and no counter is left, whatever guards or refers to it."""
    await connection.execute("SET session_replication_role = replica")
    tables = [row[0] for row in await connection.fetch(TABLES) if row[0] != "alembic_version"]
    looked = " UNION ALL ".join(f"""(SELECT '{table}' FROM "{table}" LIMIT 1)""" for table in tables)
    gone = [f'DELETE FROM "{row[0]}"' for row in await connection.fetch(looked)]
    again = [f'ALTER SEQUENCE "{row[0]}" RESTART' for row in await connection.fetch(COUNTERS)]
    for statement in (*gone, *again):
        await connection.execute(statement)
