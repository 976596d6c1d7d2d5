"""What open boards are told of a change: the right cards, to the right people, read once for all of them."""

import asyncio
from typing import Any

import pytest

from loom_app.beads import service
from loom_app.beads.models import Bead, Dependency
from loom_app.beads.schemas import BeadChange
from loom_app.board import changes
from loom_app.board.cards import cards
from loom_app.events import repository as events
from loom_app.events.record import EventRecord
from loom_app.events.service import append
from loom_app.events.visibility import EVERYTHING, Sight
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from tests.beads.making import PERSON, project

READER = Sight(Actor("user", "user-2", "Bob", frozenset({"beads:read"}), frozenset({"p"})))


@pytest.fixture(autouse=True)
async def _beads(db: Database) -> None:
    """t-1 holds up t-2, which is the parent of t-3; q-1 of another project waits for t-1 too."""
    await project(db)
    await project(db, "q", "q")
    async with db.write() as tx:
        for bead_id in ("t-1", "t-2", "t-3", "t-4", "q-1"):
            tx.add(Bead(id=bead_id, project_id="p" if bead_id[0] == "t" else "q", title="x"))
        await tx.flush()
        tx.add(Dependency(bead_id="t-2", depends_on_id="t-1"))
        tx.add(Dependency(bead_id="t-3", depends_on_id="t-2", type="parent-child"))
        tx.add(Dependency(bead_id="q-1", depends_on_id="t-1"))


async def changed(db: Database, bead_id: str, **fields: Any) -> list[EventRecord]:
    """The events of a change."""
    async with db.read() as tx:
        before = await events.last_seq(tx)
    async with db.write() as tx:
        await service.update(tx, bead_id, BeadChange(**fields), actor=PERSON)
    async with db.read() as tx:
        return await events.after(tx, before, 100)


async def test_a_change_comes_with_the_card_as_it_is_now(db: Database) -> None:
    batch = await changed(db, "t-4", title="new", due_date="2026-03-01T10:00:00Z")
    (entry,) = await changes.told(db, batch, EVERYTHING)
    assert (entry["id"], entry["seq"]) == ("t-4", batch[-1].seq)
    assert (entry["card"]["title"], entry["card"]["due_date"]) == ("new", "2026-03-01T10:00:00Z")


async def test_what_is_set_free_or_held_up_comes_along(db: Database) -> None:
    for status, blocked in (("done", False), ("open", True)):
        batch = await changed(db, "t-1", status=status)
        told = {entry["id"]: entry["card"] for entry in await changes.told(db, batch, EVERYTHING)}
        assert set(told) == {"t-1", "t-2", "t-3", "q-1"}
        assert [told[bead_id]["is_blocked"] for bead_id in ("t-2", "t-3", "q-1")] == [blocked] * 3
    batch = await changed(db, "t-4", blocks=["t-3"])
    told = {entry["id"]: entry["card"] for entry in await changes.told(db, batch, EVERYTHING)}
    assert told["t-3"]["blocked_by"] == ["t-4"]


async def test_nobody_is_told_of_beads_they_do_not_see(db: Database) -> None:
    batch = await changed(db, "t-1", status="done")
    told = await changes.told(db, batch, READER)
    assert {entry["id"] for entry in told} == {"t-1", "t-2", "t-3"}
    assert "q-1" not in str(told)
    async with db.write() as tx:
        tx.add(Dependency(bead_id="t-4", depends_on_id="q-1"))
    batch = await changed(db, "t-4", title="named")
    (mine,), (whole,) = await changes.told(db, batch, READER), await changes.told(db, batch, EVERYTHING)
    assert (mine["card"]["blocked_by"], whole["card"]["blocked_by"]) == ([], ["q-1"])


async def test_of_very_many_cards_only_the_names_are_told(db: Database) -> None:
    async with db.write() as tx:
        for number in range(changes.MOST_TOLD + 1):
            tx.add(Bead(id=f"t-w{number}", project_id="p", title="x"))
            await tx.flush()
            tx.add(Dependency(bead_id=f"t-w{number}", depends_on_id="t-4"))
    told = await changes.told(db, await changed(db, "t-4", status="done"), EVERYTHING)
    assert len(told) == changes.MOST_TOLD + 2
    assert all(entry["card"] is None for entry in told)


async def test_many_who_look_read_the_cards_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def counted(*args: Any) -> Any:
        nonlocal asked
        asked += 1
        return await cards(*args)

    monkeypatch.setattr(changes, "cards", counted)
    batch = await changed(db, "t-4", title="new")
    told = await asyncio.gather(*(changes.told(db, batch, sight) for sight in [EVERYTHING, READER] * 25))
    assert asked == 1
    assert all(one == told[0] for one in told)


async def test_events_of_other_things_and_runs(db: Database) -> None:
    async with db.write() as tx:
        append(tx, "project.updated", actor=SYSTEM, project_id="p", subject_id="p", data={})
        append(tx, "run.replied", actor=SYSTEM, project_id="p", subject_id="t-4", data={})
    async with db.read() as tx:
        batch = await events.after(tx, 0, 10)
    assert [entry["id"] for entry in await changes.told(db, batch, EVERYTHING)] == ["t-4"]
    assert await changes.told(db, batch[:1], EVERYTHING) == []
