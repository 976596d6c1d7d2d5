"""What a page of the activity feed costs among a million lines, in this process, on SQLite."""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from loom_app.activity import repository
from loom_app.activity.models import Activity
from loom_app.activity.repository import Wanted
from loom_app.events.models import Event
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade
from tests.bench.many import BEGIN
from tests.bench.table import Figure, percentile

LINES, PROJECTS, PEOPLE, BATCH = 1_000_000, 40, 25, 10_000
TYPES = ("bead.created", "bead.updated", "bead.status_change", "comment.created", "run.ended")
MEMBER = Actor("user", "user-1", "ada", frozenset({"projects:read"}), frozenset(f"project-{n}" for n in range(10)))
ROUNDS = 10


def scene() -> list[Figure]:
    """Pages at the top, filtered and far back, as an administrator and as a member of ten projects."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(f"sqlite+aiosqlite:///{Path(folder) / 'loom.db'}"))


async def _measured(url: str) -> list[Figure]:
    db = Database(url)
    await upgrade(db)
    for first in range(1, LINES + 1, BATCH):
        numbers = range(first, min(first + BATCH, LINES + 1))
        async with db.write() as tx:
            await tx.execute(insert(table(Event)), [_event(number) for number in numbers])
            await tx.execute(insert(table(Activity)), [_line(number) for number in numbers])
    waits = [await _wait(db, who, one) for _ in range(ROUNDS) for one in _asked() for who in (SYSTEM, MEMBER)]
    await db.dispose()
    return [Figure("feed_page_of_1000000_p95", percentile(waits, 0.95), "ms", 300)]


async def _wait(db: Database, actor: Actor, wanted: Wanted) -> float:
    begun = time.perf_counter()
    async with db.read() as tx:
        await repository.page(tx, actor, wanted, limit=51)
    return (time.perf_counter() - begun) * 1_000


def _asked() -> list[Wanted]:
    middle = BEGIN + timedelta(seconds=LINES // 2)
    return [
        Wanted(), Wanted(project_id="project-3"), Wanted(types=frozenset({"run.ended"})), Wanted(actor_id="user-7"),
        Wanted(resource_type="comment", until=middle), Wanted(before=(middle, LINES // 2)), Wanted(aggregated=True),
        Wanted(project_id="project-3", actor_id="user-7", before=(middle, LINES // 2)),
    ]  # fmt: skip


def _event(number: int) -> dict[str, Any]:
    type_ = TYPES[number % len(TYPES)]
    return {
        "seq": number, "id": f"evt-{number}", "type": type_, "timestamp": BEGIN + timedelta(seconds=number),
        "source": type_.partition(".")[0], "actor_kind": "user", "actor_id": f"user-{number % 7919 % PEOPLE}",
        "project_id": f"project-{number % 7907 % PROJECTS}", "subject_id": f"thing-{number}", "data": {"title": "x"},
    }  # fmt: skip


def _line(number: int) -> dict[str, Any]:
    event = _event(number)
    return {
        "first_seq": number, "id": f"act-{number}", "seq": number, "event_type": event["type"],
        "resource_type": event["source"], "project_id": event["project_id"], "actor_id": event["actor_id"],
        "first_at": event["timestamp"], "timestamp": event["timestamp"], "resource_title": f"Thing {number}",
        "aggregation_key": None, "aggregation_count": 1 + (number % 50 == 0),
    }  # fmt: skip
