"""Writers of one file come in turn: who writes all the time keeps nobody waiting for longer than it writes once."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from loom_app.kernel.database import Database
from loom_app.kernel.turns import turn
from tests.support.waiting import until

WRITINGS = text("SELECT count FROM writings")
BUSY_WRITER = """
import asyncio, sys, time
from sqlalchemy import text
from loom_app.kernel.database import Database
async def main():
    db = Database(sys.argv[1])
    for number in range(10**9):
        async with db.write() as tx:
            await tx.execute(text("UPDATE writings SET count = count + 1"))
            time.sleep(0.005)
        if number == 5:
            print("writing", flush=True)
asyncio.run(main())
"""
HOLDER = """
import sys, time
from loom_app.kernel.turns import turn
with turn(sys.argv[1], 0) as is_ours:
    print(is_ours, flush=True)
    time.sleep(60)
"""
WRITES = 20
BETWEEN = 60
"""How often the other may write while one begins twenty times: three a time, and a look at the disk now and then."""


@pytest.fixture
def written(tmp_path: Path) -> Iterator[str]:
    """The address of a database that another process writes to all the time."""
    path = tmp_path / "turns.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("PRAGMA journal_mode=WAL; CREATE TABLE writings (count); INSERT INTO writings VALUES (0)")
    url = f"sqlite+aiosqlite:///{path}"
    with subprocess.Popen([sys.executable, "-c", BUSY_WRITER, url], stdout=subprocess.PIPE, text=True) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == "writing\n"
        yield url
        busy.kill()


async def test_beside_a_process_that_writes_all_the_time_one_waits_for_a_writing_or_two(written: str) -> None:
    db = Database(written)
    between = [await _waited(db) for _ in range(WRITES)]
    assert sum(between) <= BETWEEN, between
    await db.dispose()


def test_the_turn_is_one_process_alone_and_goes_back_when_that_dies(tmp_path: Path) -> None:
    path = str(tmp_path / "file-turn")
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        begun = time.monotonic()
        with turn(path, 0.05) as is_ours:
            assert not is_ours
        assert time.monotonic() - begun >= 0.05
        holder.kill()

    def is_free() -> bool:
        with turn(path, 0) as is_ours:
            return is_ours

    until(is_free, 10, what="the turn is given back")


@pytest.mark.parametrize("path", ["", "no folder/turn", "."])
def test_without_a_file_to_lock_it_is_always_ones_turn(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with turn(path, 0) as first, turn(path, 0) as second:
        assert first
        assert second


async def _waited(db: Database) -> int:
    """How often the other wrote from the wish to write to the beginning of the writing."""
    before = await _count(db)
    async with db.write() as tx:
        during: int = (await tx.execute(WRITINGS)).scalar_one()
    return during - before


async def _count(db: Database) -> int:
    async with db.read() as tx:
        count: int = (await tx.execute(WRITINGS)).scalar_one()
        return count
