from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from sqlalchemy import delete, insert
from sqlmodel import SQLModel

from loom_app.beads import repository
from loom_app.beads.graph import Edge, blockers
from loom_app.beads.models import Bead, Dependency, Lease
from loom_app.beads.ready import is_ready, ready
from loom_app.beads.settling import settle_all
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from tests.beads.brute import Item, edges_strategy, items_strategy
from tests.beads.making import bead, blocked, project


def table(model: type[SQLModel]) -> Any:
    return model.__table__  # type: ignore[attr-defined]


async def fill(db: Database, items: list[Item], edges: list[Edge]) -> None:
    known = {item.id for item in items}
    async with db.write() as tx:
        await tx.execute(delete(Dependency))
        await tx.execute(delete(Bead))
        for item in items:
            row = Bead(id=item.id, project_id="p", title="t", status=item.status, source_status=item.source_status)
            await tx.execute(insert(table(Bead)).values(**row.model_dump()))
        for edge in edges:
            if edge.bead_id in known:
                await tx.execute(insert(table(Dependency)).values(**edge._asdict(), created_by=""))
        await settle_all(tx)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=30)
@given(items=items_strategy, edges=edges_strategy)
async def test_the_query_agrees_with_the_graph(db: Database, items: list[Item], edges: list[Edge]) -> None:
    async with db.write() as tx:
        await tx.execute(delete(Dependency))
        await tx.execute(delete(Bead))
        await tx.execute(delete(Project))
    await project(db)
    await fill(db, items, edges)
    known = {item.id for item in items}
    waiting = set(blockers(items, [edge for edge in edges if edge.bead_id in known]))
    open_ids = {item.id for item in items if item.status == "open" and not item.source_status}
    async with db.read() as tx:
        assert await blocked(tx, known) == waiting
        assert {row.id for row in await repository.standings(tx, known) if row.is_blocked} == waiting
        found = {row.id for row in await ready(tx, None, now())}
        assert found == open_ids - waiting
        assert found == {row.id for row in await ready(tx, "p", now())}
        for bead_id in sorted(known)[:3]:
            assert await is_ready(tx, bead_id, now()) == (bead_id in found)


async def test_ready_leaves_out_what_no_agent_should_take(db: Database) -> None:
    await project(db)
    moment = now()
    later = moment + timedelta(hours=1)
    async with db.write() as tx:
        plain = await bead(tx, "plain")
        for kind in ("decision", "gate", "message", "molecule", "agent", "role", "rig", "merge-request"):
            await bead(tx, kind, type=kind)
        epic = await bead(tx, "an epic is work too", type="epic")
        await bead(tx, "waits for a person", tags=["x", "requires-human-config"])
        similar = await bead(tx, "a tag that only looks alike", tags=["requires-human-config-not", ","])
        await bead(tx, "deferred", defer_until=later)
        parent = await bead(tx, "deferred parent", defer_until=later)
        await bead(tx, "its child", parent=parent)
        for change in ({"pinned": True}, {"ephemeral": True}, {"not_before": later}, {"source_status": "deferred"}):
            changed = await tx.get_one(Bead, await bead(tx, str(change)))
            for name, value in change.items():
                setattr(changed, name, value)
        held = await bead(tx, "held")
        tx.add(Lease(bead_id=held, token=1, holder="a", expires_at=later))
        lapsed = await bead(tx, "lapsed")
        tx.add(Lease(bead_id=lapsed, token=1, holder="a", expires_at=moment))
    async with db.read() as tx:
        assert {row.id for row in await ready(tx, "p", moment)} == {plain, epic, similar, lapsed}
        assert {row.id for row in await ready(tx, "other", moment)} == set()
        assert held in {row.id for row in await ready(tx, None, later + timedelta(seconds=1))}


async def test_ready_is_ordered_by_urgency_then_newest_first(db: Database) -> None:
    await project(db)
    async with db.write() as tx:
        made = [
            await bead(tx, title, priority=priority) for title, priority in (("a", 1), ("b", 0), ("c", 1), ("d", 2))
        ]
    async with db.read() as tx:
        rows = await ready(tx, "p", now(), 3)
    assert [row.id for row in rows] == [made[1], made[2], made[0]]
    assert rows[0].priority == 0
    assert rows[0].tags == []
