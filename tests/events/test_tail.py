"""The tail: what its readers get, from memory or from the table, from wherever they begin."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from loom_app.events import repository
from loom_app.events import tail as tailing
from loom_app.events.record import EventRecord
from loom_app.events.service import append
from loom_app.events.tail import EventTail, follow_durably
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.support.databases import beside, opened

SECONDS = 10


async def test_what_another_process_commits_is_heard(db: Database, vault: Vault) -> None:
    other = beside(db, vault)
    async with EventTail(db) as tail:
        await _write(other, 1)
        async with asyncio.timeout(SECONDS):
            await tail.wait_beyond(0)
        assert [event.data["number"] for event in await tail.after(0)] == [0]
    await other.dispose()


@pytest.mark.parametrize("begin", [0, 3, 9, 10, 14, 24, 25])
async def test_readers_begin_anywhere_though_memory_holds_the_newest_only(
    db: Database, monkeypatch: pytest.MonkeyPatch, begin: int
) -> None:
    monkeypatch.setattr(tailing, "RING", 10)
    await _write(db, 5)
    async with EventTail(db) as tail:
        await _write(db, 20)
        async with asyncio.timeout(SECONDS):
            await tail.wait_beyond(24)
        assert [event.seq for event in await tail.after(begin)] == list(range(begin + 1, 26))


async def test_two_followers_get_the_same_whole_log(db: Database) -> None:
    async with EventTail(db) as tail, asyncio.timeout(SECONDS):
        following = [asyncio.create_task(_follow(tail, 0, 30)) for _ in range(2)]
        for _ in range(10):
            await _write(db, 3)
        first, second = await asyncio.gather(*following)
    assert first == second == list(range(1, 31))


async def test_a_durable_follower_goes_on_where_it_stopped_and_repeats_what_failed(db: Database) -> None:
    heard: list[list[int]] = []
    stop = asyncio.Event()

    async def handle(batch: list[EventRecord]) -> None:
        heard.append([event.seq for event in batch])
        if len(heard) == 2:
            raise RuntimeError("the second batch fails")
        stop.set()

    async with EventTail(db) as tail:
        following = asyncio.create_task(follow_durably(tail, db, "reader", handle))
        await asyncio.sleep(0)
        await _write(db, 2)
        async with asyncio.timeout(SECONDS):
            await stop.wait()
            await _until_position(db, 2)
        await _write(db, 2)
        with pytest.raises(RuntimeError):
            async with asyncio.timeout(SECONDS):
                await following
    stop.clear()
    await _write(db, 1)
    async with EventTail(db) as tail:
        again = asyncio.create_task(follow_durably(tail, db, "reader", handle))
        async with asyncio.timeout(SECONDS):
            await stop.wait()
            await _until_position(db, 5)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
    assert heard == [[1, 2], [3, 4], [3, 4, 5]]


async def test_who_follows_for_the_first_time_hears_all_since_the_process_began_to_read(db: Database) -> None:
    heard: list[int] = []
    stop = asyncio.Event()

    async def handle(batch: list[EventRecord]) -> None:
        heard.extend(event.seq for event in batch)
        stop.set()

    await _write(db, 1)
    async with EventTail(db) as tail:
        await _write(db, 2)
        async with asyncio.timeout(SECONDS):
            await tail.wait_beyond(2)
        following = asyncio.create_task(follow_durably(tail, db, "reader", handle))
        async with asyncio.timeout(SECONDS):
            await stop.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    assert heard == [2, 3]


@given(written=st.lists(st.integers(1, 6), max_size=6), begin=st.integers(0, 40), limit=st.integers(1, 9))
@effort(max_examples=20)
def test_any_part_of_the_log_can_be_read(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, written: list[int], begin: int, limit: int
) -> None:
    file = tmp_path_factory.mktemp("log") / "loom.db"
    file.write_bytes(sqlite_template.read_bytes())

    async def check() -> None:
        db = opened(f"sqlite+aiosqlite:///{file}")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tailing, "RING", 7)
            async with EventTail(db) as tail:
                for count in written:
                    await _write(db, count)
                async with asyncio.timeout(SECONDS):
                    await tail.wait_beyond(sum(written) - 1)
                found = [event.seq for event in await tail.after(begin, limit)]
        assert found == list(range(begin + 1, sum(written) + 1))[:limit]
        await db.dispose()

    asyncio.run(check())


async def _write(db: Database, count: int) -> None:
    async with db.write() as tx:
        for number in range(count):
            append(tx, "bead.updated", actor=SYSTEM, data={"number": number})


async def _follow(tail: EventTail, begin: int, count: int) -> list[int]:
    numbers: list[int] = []
    async for batch in tail.follow(begin):
        numbers += [event.seq for event in batch]
        if len(numbers) >= count:
            break
    return numbers


async def _until_position(db: Database, wanted: int) -> None:
    while True:
        async with db.read() as tx:
            if await repository.position(tx, "reader") == wanted:
                return
        await asyncio.sleep(0.01)
