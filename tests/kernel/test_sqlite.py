"""SQLite in one visit a statement: transactions begin when something is done in them and hold what they promise."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import bindparam, event, text
from sqlalchemy.exc import IntegrityError

from loom_app.kernel.database import Database

COUNT = text("SELECT count(*) FROM words")
ADD = text("INSERT INTO words VALUES (:word)")


@pytest.fixture
async def words(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of one table with one word in it."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/words.db")
    async with db.write() as tx:
        await tx.execute(text("CREATE TABLE words (word TEXT PRIMARY KEY)"))
        await tx.execute(ADD, {"word": "dough"})
    yield db
    await db.dispose()


async def test_a_read_of_one_statement_visits_the_thread_twice(
    words: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with words.read() as tx:
        await tx.execute(COUNT)
    visits: list[Any] = []
    execute: Any = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, *given: Any) -> Any:
        visits.append(given)
        return await execute(self, *given)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    async with words.read() as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 1
    assert len(visits) == 2
    async with words.read() as tx:
        await tx.connection()
    assert len(visits) == 2


async def test_what_is_read_twice_in_a_transaction_stays_the_same(words: Database) -> None:
    async with words.read() as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 1
        async with words.write() as writing:
            await writing.execute(ADD, {"word": "oven"})
        assert (await tx.execute(COUNT)).scalar_one() == 1
    async with words.read() as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 2


async def test_a_writer_that_only_reads_at_first_holds_the_lock_already(words: Database) -> None:
    other = Database(words.url.render_as_string(hide_password=False))
    order: list[str] = []

    async def second() -> None:
        async with other.write() as tx:
            await tx.execute(COUNT)
            order.append("second")

    async with words.write() as tx:
        await tx.execute(COUNT)
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0)
        await tx.execute(ADD, {"word": "oven"})
        order.append("first")
    await waiting
    assert order == ["first", "second"]
    await other.dispose()


async def test_a_first_statement_that_fails_leaves_nothing_behind(words: Database) -> None:
    with pytest.raises(IntegrityError):
        await _add(words, "dough")
    await _add(words, "oven")
    async with words.read() as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 2


async def test_a_transaction_in_which_nothing_is_done_ends_well(words: Database) -> None:
    async with words.write() as tx:
        await tx.connection()
    with pytest.raises(RuntimeError):
        await _connect_and_fail(words)
    await _add(words, "oven")


async def test_counts_returned_rows_many_at_once_and_streams(words: Database) -> None:
    async with words.write() as tx:
        await tx.execute(ADD, [{"word": word} for word in ("oven", "flour", "salt")])
        changed: Any = await tx.execute(text("UPDATE words SET word = word || '!' WHERE word <> 'salt'"))
        assert changed.rowcount == 3
        gone = await tx.execute(text("DELETE FROM words WHERE word = :word RETURNING word"), {"word": "salt"})
        assert gone.scalars().all() == ["salt"]
        told = await tx.stream(text("SELECT word FROM words WHERE word <> :word ORDER BY word"), {"word": "oven!"})
        assert [row.word async for row in told] == ["dough!", "flour!"]


async def test_a_read_given_up_halfway_leaves_the_connection_fit(words: Database) -> None:
    slow = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT count(*) FROM n"
    ).bindparams(bindparam("most", 3_000_000))
    begun = asyncio.Event()
    event.listen(words.reader.sync_engine, "before_cursor_execute", lambda *_: begun.set())

    async def read() -> None:
        async with words.read() as tx:
            await tx.execute(slow)

    for _ in range(6):
        begun.clear()
        reading = asyncio.create_task(read())
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
    async with words.read() as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 1


async def _add(db: Database, word: str) -> None:
    async with db.write() as tx:
        await tx.execute(ADD, {"word": word})


async def _connect_and_fail(db: Database) -> None:
    async with db.write() as tx:
        await tx.connection()
        raise RuntimeError
