from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.beads import service
from loom_app.beads.models import Dependency, Lease
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.actor import Actor, agent_actor
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Forbidden, LoomError, NotFound
from tests.beads.making import PERSON, bead, chain, events, fetched, project

AGENT = agent_actor("agent-1", "Bo", "p")
WRITER = Actor("user", "user-w", "Wim", frozenset({"beads:read", "beads:write"}))


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def change(db: Database, bead_id: str, **fields: Any) -> str:
    async with db.write() as tx:
        await service.update(tx, bead_id, BeadChange(**fields), actor=PERSON)
        return service.last_change(tx) or ""


async def undo(db: Database, change_id: str, actor: Actor = PERSON) -> str:
    async with db.write() as tx:
        return (await service.undo(tx, change_id, actor=actor)).change_id or ""


async def refused(db: Database, change_id: str, actor: Actor = PERSON) -> LoomError:
    with pytest.raises(LoomError) as refusal:
        await undo(db, change_id, actor)
    return refusal.value


async def test_a_close_is_undone_even_where_the_table_has_no_such_move(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    await change(db, a, status="in_progress", reason="by hand")
    closed = await change(db, a, status="done", reason="finished")
    back = await undo(db, closed)
    found = await fetched(db, a)
    assert (found.status, found.closed_at, found.close_reason, found.status_reason) == (
        "in_progress", None, "", "by hand",
    )  # fmt: skip
    assert [e[2]["to"] for e in await events(db, "bead.status_change")] == ["in_progress", "done", "in_progress"]
    before = found.updated_at
    await undo(db, back)
    found = await fetched(db, a)
    assert (found.status, found.close_reason, found.closed_at is not None) == ("done", "finished", True)
    assert found.updated_at > before
    assert [e[1] for e in await events(db, "bead.unblocked")] == [b, b]


async def test_every_field_of_a_change_comes_back_at_once(db: Database) -> None:
    async with db.write() as tx:
        a, b = await bead(tx, "a", tags=["x"], context={"n": 1.5}), await bead(tx, "b")
        await service.add_dependency(tx, a, b, "until", actor=PERSON)
    before = (await fetched(db, a)).model_dump(exclude={"updated_at"})
    changed = await change(
        db, a, title="A", tags=[], context={}, priority=0, assigned_to="ann", due_date="2030-01-01T00:00:00Z",
        blocked_by=[], related_to=[], status="blocked", reason="waits",
    )  # fmt: skip
    await undo(db, changed)
    assert (await fetched(db, a)).model_dump(exclude={"updated_at"}) == before
    async with db.write() as tx:
        assert (await service.add_dependency(tx, a, b, "until", actor=PERSON)).type == "until"


async def test_what_was_changed_since_is_not_undone_and_is_named(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "one")
    first = await change(db, made, title="two", notes="n")
    await change(db, made, title="three")
    refusal = await refused(db, first)
    assert (refusal.code, refusal.extra["field"], refusal.extra["by"]) == ("changed_since", "title", "Ann")
    assert refusal.message.startswith(f"{made}: title was changed again by Ann at ")
    assert (await fetched(db, made)).notes == "n"
    await change(db, made, title="two")
    await undo(db, first)
    assert ((await fetched(db, made)).title, (await fetched(db, made)).notes) == ("one", "")


async def test_a_dependency_comes_back_beside_later_ones_unless_it_closes_a_cycle(db: Database) -> None:
    a, b, c = await chain(db, "a", "b", "c")
    cut = await change(db, b, blocked_by=[])
    async with db.write() as tx:
        extra = await bead(tx, "extra")
        await service.add_dependency(tx, b, extra, actor=PERSON)
    await undo(db, cut)
    async with db.read() as tx:
        assert {reason.bead_id for reason in await service.explain(tx, b, PERSON)} == {a, extra}
    cut = await change(db, b, blocked_by=[extra])
    turned = await change(db, a, blocked_by=[c])
    assert (await refused(db, cut)).code == "dependency_cycle"
    await undo(db, turned)
    await undo(db, cut)


async def test_a_dependency_that_changed_its_list_comes_back_with_its_origin(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    async with db.read() as tx:
        before = (await tx.get_one(Dependency, (b, a))).model_dump()
    await undo(db, await change(db, b, blocked_by=[], related_to=[a]))
    async with db.read() as tx:
        assert (await tx.get_one(Dependency, (b, a))).model_dump() == before


async def test_a_bead_somebody_works_on_is_not_pulled_away(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
    titled = await change(db, made, title="y")
    async with db.write() as tx:
        await service.start(tx, made, holder="agent-1", actor=AGENT)
        started = service.last_change(tx) or ""
        tx.add(Lease(bead_id=made, token=1, holder="agent-1", run_id="run-1", expires_at=ahead(60)))
    refusal = await refused(db, started)
    assert (refusal.code, refusal.extra["holder"]) == ("bead_held", "agent-1")
    assert "being worked on by agent-1" in refusal.message
    await undo(db, titled)
    assert (await fetched(db, made)).title == "x"


async def test_a_move_to_another_project_is_undone_only_by_who_sees_both(db: Database) -> None:
    await project(db, "q")
    async with db.write() as tx:
        made = await bead(tx, "x")
    moved = await change(db, made, project_id="q")
    ann = Actor("user", "user-ann", "ann", frozenset({"beads:*"}), frozenset({"q"}))
    assert (await refused(db, moved, ann)).code == "project_not_found"
    await undo(db, moved)
    assert (await fetched(db, made)).project_id == "p"


async def test_making_is_not_undone_and_unknown_changes_are_not_found(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
        created = service.last_change(tx) or ""
    assert (await refused(db, created)).code == "not_undoable"
    assert isinstance(await refused(db, "chg-none"), NotFound)
    await change(db, made, title="y")


async def test_a_deletion_is_undone_by_who_may_delete(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    async with db.write() as tx:
        await service.remove(tx, a, actor=PERSON, reason="twice there")
        gone = service.last_change(tx) or ""
    assert [e[1] for e in await events(db, "bead.unblocked")] == [b]
    assert isinstance(await refused(db, gone, WRITER), Forbidden)
    back = await undo(db, gone)
    found = await fetched(db, a)
    assert (found.status, found.source_status, found.deleted_at, found.original_type) == ("open", "", None, "")
    async with db.read() as tx:
        assert [reason.bead_id for reason in await service.explain(tx, b, PERSON)] == [a]
    await undo(db, back)
    with pytest.raises(NotFound, match=f"{a} was deleted by Ann at .* \\(twice there\\)"):
        await fetched(db, a)


async def test_what_came_back_may_close_no_cycle(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    async with db.write() as tx:
        await service.remove(tx, b, actor=PERSON)
        gone = service.last_change(tx) or ""
        c = await bead(tx, "c")
        await service.add_dependency(tx, a, c, actor=PERSON)
    with pytest.raises(LoomError, match="was deleted"):
        await change(db, a, blocked_by=[b])
    await undo(db, gone)
    with pytest.raises(Conflict, match="cycle"):
        await change(db, a, blocked_by=[b])


async def test_a_dependency_on_a_bead_that_is_deleted_by_then_comes_back_as_it_stood(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    async with db.write() as tx:
        await service.remove(tx, a, actor=PERSON)
    async with db.write() as tx:
        await service.remove_dependency(tx, b, a, actor=PERSON)
        change_id = service.last_change(tx) or ""
    await undo(db, change_id)
    async with db.read() as tx:
        assert await tx.get(Dependency, (b, a)) is not None
        assert await service.is_ready(tx, b, now())


async def test_undoing_over_rest(client: AsyncClient) -> None:
    made = (await client.post("/api/v1/beads", json={"project_id": "p", "title": "x"})).json()
    assert made["change_id"]
    address = f"/api/v1/beads/{made['id']}"
    closed = (await client.patch(address, json={"status": "done", "reason": "done"})).json()
    same = (await client.patch(address, json={"status": "done"})).json()
    assert same["change_id"] is None
    undone = await client.post("/api/v1/beads/undo", json={"change_id": closed["change_id"], "reason": "too soon"})
    assert (undone.status_code, undone.json()["changed"]) == (200, [made["id"]])
    shown = (await client.get(address)).json()
    assert (shown["status"], shown["change_id"]) == ("open", None)
    entries = (await client.get(f"{address}/history")).json()["entries"]
    assert [entry["why"] for entry in entries] == ["too soon", "done", ""]
    assert [entry["undoable"] for entry in entries] == [True, True, False]
    again = await client.post("/api/v1/beads/undo", json={"change_id": closed["change_id"]})
    assert (again.status_code, again.json()["code"]) == (409, "changed_since")
    unknown = await client.post("/api/v1/beads/undo", json={"change_id": "chg-none"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "change_not_found")
