"""SQLite in one visit a statement: transactions begin when something is done in them and hold what they promise."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import bindparam, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from loom_app.kernel import sqlite
from loom_app.kernel.database import Database

COUNT = text("SELECT count(*) FROM words")
ADD = text("INSERT INTO words VALUES (:word)")
UP_TO = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT count(*) FROM n")


@pytest.fixture
async def words(tmp_path: Path) -> AsyncIterator[Database]:
    """A database of one table with one word in it."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/words.db")
    async with db.write() as tx:
        await tx.execute(text("CREATE TABLE words (word TEXT PRIMARY KEY)"))
        await tx.execute(ADD, {"word": "dough"})
    yield db
    await db.dispose()


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What went to the other thread."""
    seen: list[Any] = []
    execute: Any = aiosqlite.Connection._execute

    async def counted(self: aiosqlite.Connection, *given: Any, **options: Any) -> Any:
        seen.append(given)
        return await execute(self, *given, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    monkeypatch.setattr(sqlite, "PACES", sqlite.Paces())
    return seen


async def test_a_read_of_one_statement_visits_the_thread_once(words: Database, visits: list[Any]) -> None:
    async with words.read() as tx:
        await tx.execute(text("SELECT 1"))
    visits.clear()
    async with words.read() as tx:
        assert (await tx.execute(COUNT)).scalar_one() == 1
    assert len(visits) == 1
    async with words.read() as tx:
        await tx.connection()
    assert len(visits) == 1


async def test_statements_that_have_been_quick_run_where_they_are_asked_for(words: Database, visits: list[Any]) -> None:
    for number in range(sqlite.SURE_AFTER):
        await _count(words)
        await _add(words, f"loaf {number}")
    visits.clear()
    assert await _count(words) == sqlite.SURE_AFTER + 1
    assert not visits
    await _add(words, "oven")
    assert len(visits) == 1  # the commit, which may wait for the disk
    assert await _count(words) == sqlite.SURE_AFTER + 2


async def test_a_query_that_turns_out_long_goes_on_in_the_other_thread(words: Database, visits: list[Any]) -> None:
    for most in (1, 2, 3, 4):
        async with words.read() as tx:
            assert (await tx.execute(UP_TO, {"most": most})).scalar_one() == most
    visits.clear()
    async with words.read() as tx:
        assert (await tx.execute(UP_TO, {"most": 300_000})).scalar_one() == 300_000
        assert len(visits) == 1
        assert (await tx.execute(COUNT)).scalar_one() == 1
    visits.clear()
    async with words.read() as tx:
        await tx.execute(UP_TO, {"most": 1})
    assert len(visits) == 1


async def test_a_quick_writer_waits_for_another_without_holding_up_the_loop(words: Database, visits: list[Any]) -> None:
    other = Database(words.url.render_as_string(hide_password=False))
    for number in range(sqlite.SURE_AFTER):
        await _add(words, f"loaf {number}")
    async with other.write() as tx:
        await tx.execute(ADD, {"word": "first"})
        waiting = asyncio.create_task(_add(words, "second"))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
        await tx.execute(ADD, {"word": "still first"})
    await waiting
    assert await _count(words) == sqlite.SURE_AFTER + 4
    await other.dispose()


async def test_what_cannot_be_read_is_said_alike_in_either_thread(words: Database) -> None:
    async with words.write() as tx:
        await tx.execute(text("INSERT INTO words VALUES (CAST(x'ff' AS TEXT))"))
    for _ in range(sqlite.SURE_AFTER + 2):
        async with words.read() as tx:
            await tx.execute(COUNT)
            with pytest.raises(OperationalError, match="decode"):
                await tx.execute(text("SELECT word FROM words WHERE rowid = :place"), {"place": 2})
            assert (await tx.execute(text("SELECT word FROM words WHERE rowid = :place"), {"place": 1})).scalar()


async def test_many_rows_are_written_in_the_other_thread(words: Database, visits: list[Any]) -> None:
    for number in range(sqlite.SURE_AFTER):
        await _add(words, f"loaf {number}")
    visits.clear()
    async with words.write() as tx:
        await tx.execute(ADD, [{"word": f"roll {number}"} for number in range(sqlite.FEW + 1)])
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
    slow = UP_TO.bindparams(bindparam("most", 3_000_000))
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


async def _count(db: Database) -> int:
    async with db.read() as tx:
        number: int = (await tx.execute(COUNT)).scalar_one()
        return number


async def _add(db: Database, word: str) -> None:
    async with db.write() as tx:
        await tx.execute(ADD, {"word": word})


async def _connect_and_fail(db: Database) -> None:
    async with db.write() as tx:
        await tx.connection()
        raise RuntimeError
