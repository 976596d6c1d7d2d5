"""The feed beside its log: complete after a kill at any moment, by any number of processes, from the log's start."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from loom_app.activity import feed as following
from loom_app.activity import forgetting, repository
from loom_app.activity.feed import feed as feed_of
from loom_app.activity.models import Activity
from loom_app.activity.repository import Wanted
from loom_app.config import Retention, Settings
from loom_app.events import keeping
from loom_app.events import service as events
from loom_app.events.service import append
from loom_app.events.tail import EventTail
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database

ANNA = Actor("user", "anna", "Anna", frozenset({"*:*"}))


async def happen(db: Database, count: int, type_: str = "bead.created", project: str = "shop", **data: Any) -> None:
    """So many events, each in a transaction of its own."""
    for number in range(count):
        async with db.write() as tx:
            append(
                tx, type_, actor=ANNA, project_id=project, subject_id=f"{project}-{number}", data={"title": "x", **data}
            )


async def newest(db: Database) -> int:
    """The number of the last event."""
    async with db.read() as tx:
        return await events.last_seq(tx)


async def counted(db: Database) -> Sequence[tuple[str, int]]:
    """What the feed holds: types with how many events each line stands for, oldest first."""
    query = select(Activity.event_type, Activity.aggregation_count).order_by(Activity.first_seq)  # type: ignore[call-overload]
    async with db.read() as tx:
        return [(row[0], row[1]) for row in (await tx.execute(query)).all()]


async def test_what_is_old_enough_is_forgotten_in_steps_and_its_events_stay(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    for kind in range(5):
        await happen(db, 1, "bead.created", f"project-{kind}")
    async with EventTail(db) as tail, feed_of(db, tail) as feed:
        await feed.reached(await newest(db))
    async with db.write() as tx:
        old = select(Activity.first_seq).order_by(Activity.first_seq).limit(4)  # type: ignore[call-overload]
        await tx.execute(
            update(Activity).where(col(Activity.first_seq).in_(old)).values(timestamp=now() - timedelta(days=31))
        )
    assert await forgetting.forget_old(db, settings) == 0
    kept = settings.model_copy(update={"retention": Retention(activity_days=30)})
    last = await newest(db)
    assert await forgetting.forget_old(db, kept) == 4
    assert await counted(db) == [("bead.created", 1)]
    assert await forgetting.forget_old(db, kept) == 0
    async with db.read() as tx:
        told = await events.after(tx, last, 10)
    assert [(one.type, one.data) for one in told] == [("retention.done", {"activities": 4, "days": 30})]
    assert await newest(db) == last + 1 == 6


async def test_a_log_that_was_there_before_is_told_from_its_start_and_then_each_change_once(
    db: Database, monkeypatch: Any
) -> None:
    monkeypatch.setattr(keeping, "AT_ONCE", 3)
    await happen(db, 8)
    await happen(db, 1, "bead.status_change", to="done")
    async with EventTail(db) as tail, feed_of(db, tail) as feed:
        for _ in range(4):
            await feed.caught_up(feed.position + 3)
        assert await counted(db) == [("bead.created", 8), ("bead.status_change", 1)]
        await happen(db, 2)
        await feed.caught_up(await newest(db))
        assert await counted(db) == [("bead.created", 10), ("bead.status_change", 1)]


async def test_rows_and_position_are_one_so_that_a_kill_neither_loses_nor_doubles(
    db: Database, monkeypatch: Any
) -> None:
    await happen(db, 3)
    told = following.tell
    failing = iter([True, False])

    async def killed(tx: Any, batch: Any) -> None:
        await told(tx, batch)
        if next(failing, False):
            raise OSError("killed before the commit")

    monkeypatch.setattr(following, "FEED", replace(following.FEED, make=killed))
    monkeypatch.setattr(keeping, "AGAIN_SECONDS", 0.0)
    async with EventTail(db) as tail, feed_of(db, tail) as feed:
        await feed.caught_up(await newest(db))
    assert await counted(db) == [("bead.created", 3)]
    async with db.read() as tx:
        assert await events.position(tx, "activity-feed") == await newest(db)


async def test_several_processes_share_the_work_and_tell_everything_once(db: Database) -> None:
    async with EventTail(db) as one, EventTail(db) as two, feed_of(db, one) as first, feed_of(db, two) as second:
        await asyncio.gather(happen(db, 6, project="shop"), happen(db, 6, project="lab"))
        last = await newest(db)
        await asyncio.gather(first.caught_up(last), second.caught_up(last))
        assert sorted(count for _, count in await counted(db)) == [6, 6]
        assert first.position == second.position == last


async def test_what_the_feed_does_not_tell_costs_no_transaction(db: Database) -> None:
    await happen(db, 5, "bead.updated")
    async with EventTail(db) as tail, feed_of(db, tail) as feed:
        await feed.caught_up(await newest(db))
        assert feed.position == await newest(db)
    async with db.read() as tx:
        assert await events.position(tx, "activity-feed") is None


async def test_pages_by_place_and_by_offset_are_the_same_for_whoever_sees_some_projects(db: Database) -> None:
    for number in range(6):
        for project in ("shop", "lab", "den"):
            await happen(db, 1, "bead.status_change", project, to=str(number))
    member = Actor("user", "bob", "Bob", frozenset({"projects:read"}), frozenset({"shop", "den"}))
    async with EventTail(db) as tail, feed_of(db, tail) as feed:
        await feed.caught_up(await newest(db))
    async with db.read() as tx:
        everything = await repository.page(tx, member, Wanted(), limit=50)
        assert {row.project_id for row in everything} == {"shop", "den"}
        assert len(everything) == 12
        by_offset = [await repository.page(tx, member, Wanted(), limit=5, offset=offset) for offset in (0, 5, 10)]
        place, by_place = None, []
        for _ in range(3):
            found = await repository.page(tx, member, Wanted(before=place), limit=5)
            place = (found[-1].timestamp, found[-1].first_seq)
            by_place.append(found)
        some = await repository.page(
            tx, member, Wanted(types=frozenset({"bead.status_change", "bead.created"}), project_id="lab"), limit=5
        )
    assert [row.id for page in by_offset for row in page] == [row.id for row in everything]
    assert [row.id for page in by_place for row in page] == [row.id for row in everything]
    assert some == []
    assert SYSTEM.id not in {row.actor_id for row in everything}
