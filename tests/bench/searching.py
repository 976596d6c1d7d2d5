"""What finding costs among 100,000 beads with 50,000 comments, in this process, on SQLite."""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade
from loom_app.search import service
from tests.bench.many import COMMON, PROJECT, fill, id_of
from tests.bench.table import Figure, percentile

BEADS, LINKS, COMMENTS = 100_000, 200_000, 50_000
ROUNDS = 25
MEMBER = Actor("user", "user-1", "ada", frozenset({"beads:read"}), frozenset({PROJECT, "another"}))


def scene() -> list[Figure]:
    """Searches as people type them: everyday and rare words, beginnings, phrases, ids and fields."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(f"sqlite+aiosqlite:///{Path(folder) / 'loom.db'}"))


async def _measured(url: str) -> list[Figure]:
    db = Database(url)
    await upgrade(db)
    await fill(db, BEADS, LINKS, COMMENTS)
    waits = [await _wait(db, query, actor) for query in _queries() for actor in (SYSTEM, MEMBER)]
    await db.dispose()
    return [Figure("search_100000_beads_p95", percentile(waits, 0.95), "ms", 50)]


async def _wait(db: Database, query: str, actor: Actor) -> float:
    begun = time.perf_counter()
    async with db.read() as tx:
        await service.search(tx, query, actor, limit=20)
    return (time.perf_counter() - begun) * 1_000


def _queries() -> list[str]:
    """The same at each call."""
    chance = random.Random(7)
    made: list[str] = []
    for number in range(ROUNDS):
        common, other = chance.sample(COMMON[20:], 2)
        made += [
            common, f"{common} {other}", f'"{common} {other}"', COMMON[number % 10], common[:3], f"{common} -{other}",
            f"case{chance.randrange(BEADS)}", id_of(chance.randrange(BEADS)), f"{other} status:open priority:p0-p1",
            f"{common} in:title", f"{common} agent:ada tag:backend", f"{common} OR {other}",
        ]  # fmt: skip
    return made
