"""Whether a bead is known to be blocked: always what the definition says, and nobody freed is forgotten."""

import contextlib
import json
import random
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beadfiles.interchange import export_text, import_text
from loom_app.beads import service, settling
from loom_app.beads.schemas import BeadChange
from loom_app.beads.tables import BEADS
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from tests.beads.making import PERSON, bead, blocked, chain, events, project

TYPES = ["blocks", "conditional-blocks", "waits-for", "parent-child", "related"]
Step = Callable[[AsyncSession, random.Random, list[str]], Awaitable[object]]


async def _move(tx: AsyncSession, chance: random.Random, ids: list[str]) -> None:
    status = chance.choice(["open", "in_progress", "blocked", "done", "pinned", "deferred"])
    await service.set_status(tx, chance.choice(ids), status, actor=PERSON)


async def _link(tx: AsyncSession, chance: random.Random, ids: list[str]) -> None:
    one, other = chance.sample(ids, 2)
    gate = chance.choice(["", "any-children"])
    await service.add_dependency(tx, one, other, chance.choice(TYPES), actor=PERSON, gate=gate)


async def _part(tx: AsyncSession, chance: random.Random, ids: list[str]) -> None:
    one, other = chance.sample(ids, 2)
    await service.remove_dependency(tx, one, other, actor=PERSON)


async def _relate(tx: AsyncSession, chance: random.Random, ids: list[str]) -> None:
    one, *others = chance.sample(ids, 4)
    change = BeadChange(parent=others[0], blocked_by=others[1:2], children=others[2:])
    await service.update(tx, one, change, actor=PERSON)


async def _delete(tx: AsyncSession, chance: random.Random, ids: list[str]) -> None:
    await service.remove(tx, chance.choice(ids), actor=PERSON)


STEPS: list[Step] = [_move, _move, _link, _link, _link, _part, _relate, _delete]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12)
@given(seed=st.integers(0, 2**32))
async def test_the_mark_is_what_the_definition_says_after_every_change(db: Database, seed: int) -> None:
    chance = random.Random(seed)
    ids = await _eight(db)
    done: list[str] = []
    for _ in range(25):
        with contextlib.suppress(LoomError):
            async with db.write() as tx:
                if done and chance.random() < 0.2:
                    await service.undo(tx, done.pop(), actor=PERSON)
                else:
                    await chance.choice(STEPS)(tx, chance, ids)
                    done += [change] if (change := service.last_change(tx)) else []
        async with db.read() as tx:
            assert await _marked(tx, ids) == await blocked(tx, ids)
    async with db.write() as tx:
        marked = await _marked(tx, ids)
        await service.settle_all(tx)
        assert await _marked(tx, ids) == marked


async def test_a_file_marks_its_beads_and_frees_those_that_waited(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await project(db)
    first, second, third = await chain(db, "one", "two", "three")
    async with db.read() as tx:
        lines = [json.loads(line) for line in (await export_text(tx, "p", actor=PERSON)).splitlines()]
    later = "2099-01-01T00:00:00Z"
    closed = [line | {"status": "closed", "updated_at": later} if line["id"] == first else line for line in lines]
    new = {
        "id": "t-new",
        "title": "n",
        "updated_at": later,
        "dependencies": [{"depends_on_id": third, "type": "blocks"}],
    }
    for most in (settling.MANY, 0):
        monkeypatch.setattr(settling, "MANY", most)
        async with db.write() as tx:
            await import_text(tx, "p", "\n".join(json.dumps(line) for line in [*closed, new]), actor=PERSON)
        async with db.read() as tx:
            assert await _marked(tx, [first, second, third, "t-new"]) == {third, "t-new"}
    assert [subject for _, subject, _ in await events(db, "bead.unblocked")] == [second]


async def _eight(db: Database) -> list[str]:
    """New beads, of a project made the first time."""
    async with db.read() as tx:
        there = (await tx.execute(select(func.count()).select_from(BEADS))).scalar_one()
    if not there:
        await project(db)
    async with db.write() as tx:
        return [await bead(tx, f"number {there + number}") for number in range(8)]


async def _marked(tx: AsyncSession, ids: list[str]) -> set[str]:
    return set((await tx.execute(select(BEADS.c.id).where(BEADS.c.id.in_(ids), BEADS.c.is_blocked))).scalars())
