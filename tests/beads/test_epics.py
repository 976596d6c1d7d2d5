"""How far an epic has come, what is under it, and closing it."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import event

from loom_app.beads import closing, epics, service
from loom_app.beads.models import Bead, Dependency
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.database import Database
from tests.beads.making import PERSON, bead, project
from tests.support import people

BEADS = "/api/v1/beads"


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def family(db: Database) -> dict[str, str]:
    """An epic with a task in each column, a deleted one, and an epic under it with two more."""
    async with db.write() as tx:
        made = {"epic": await bead(tx, "epic", type="epic")}
        made["inner"] = await bead(tx, "inner", type="epic", parent=made["epic"])
        for name in ("open", "in_progress", "blocked", "done", "deleted"):
            made[name] = await bead(tx, name, parent=made["epic"])
        for name in ("deep", "deep done"):
            made[name] = await bead(tx, name, parent=made["inner"])
        for name in ("in_progress", "blocked", "done", "deleted", "deep done"):
            found = await tx.get_one(Bead, made[name])
            found.status = name if name in ("in_progress", "blocked") else "done"
        (await tx.get_one(Bead, made["deleted"])).source_status = "tombstone"
    return made


def progress(done: int, total: int, in_progress: int = 0, blocked: int = 0) -> dict[str, int]:
    return {"done": done, "total": total, "in_progress": in_progress, "blocked": blocked}


async def test_progress_counts_everything_under_an_epic(db: Database, client: AsyncClient) -> None:
    made = await family(db)
    detail = (await client.get(f"{BEADS}/{made['epic']}")).json()
    assert detail["progress"] == progress(2, 7, in_progress=1, blocked=1)
    shown: dict[str, Any] = {one["id"]: one["progress"] for one in (await client.get(BEADS)).json()}
    assert shown[made["epic"]] == detail["progress"]
    assert shown[made["inner"]] == progress(1, 2)
    assert shown[made["deep"]] == progress(0, 0)


async def test_a_list_is_filtered_by_parent_and_by_epic(db: Database, client: AsyncClient) -> None:
    made = await family(db)

    async def titles(query: str) -> set[str]:
        answer = await client.get(f"{BEADS}?{query}")
        assert answer.headers["X-Total-Count"] == str(len(answer.json()))
        return {one["title"] for one in answer.json()}

    assert await titles(f"parent={made['inner']}") == {"deep", "deep done"}
    under = {"inner", "open", "in_progress", "blocked", "done", "deep", "deep done"}
    assert await titles(f"epic={made['epic']}") == under
    assert await titles(f"epic={made['epic']}&parent={made['inner']}&status=done") == {"deep done"}
    assert await titles("epic=t-none") == await titles("parent=t-none") == set()


async def test_what_one_does_not_see_does_not_count(db: Database, app: FastAPI) -> None:
    await project(db, "q", "q")
    made = await family(db)
    async with db.write() as tx:
        (await tx.get_one(Bead, made["inner"])).project_id = "q"
        (await tx.get_one(Bead, made["deep"])).project_id = "p"
    async with people.signed_in(app, "user", sees=["p"]) as ann, people.signed_in(app, "user", "bo", sees=["q"]) as bo:
        shown = (await ann.get(f"{BEADS}/{made['epic']}")).json()
        assert shown["progress"] == progress(1, 4, in_progress=1, blocked=1)
        for name in ("parent", "epic"):
            assert (await bo.get(f"{BEADS}?{name}={made['epic']}")).json() == []
        assert {one["title"] for one in (await ann.get(f"{BEADS}?epic={made['epic']}")).json()} == {
            "open", "in_progress", "blocked", "done",
        }  # fmt: skip


async def test_a_circle_of_parents_is_counted_once(db: Database) -> None:
    async with db.write() as tx:
        a, b = await bead(tx, "a"), await bead(tx, "b")
        tx.add_all([Dependency(bead_id=x, depends_on_id=y, type="parent-child") for x, y in ((a, b), (b, a))])
        await tx.flush()
        assert await epics.progress(tx, [a, b], SYSTEM) == {a: progress(0, 1), b: progress(0, 1)}


async def test_a_list_asks_once_for_all_of_its_epics(db: Database, client: AsyncClient) -> None:
    statements: list[str] = []

    def count(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.extend([statement] if "beads" in statement else [])

    async def asked() -> int:
        statements.clear()
        await client.get(BEADS)
        return len(statements)

    event.listen(db.reader.sync_engine, "before_cursor_execute", count)
    try:
        await family(db)
        await asked()
        few = await asked()
        await family(db)
        assert await asked() == few
    finally:
        event.remove(db.reader.sync_engine, "before_cursor_execute", count)


async def test_an_epic_is_not_closed_before_its_children_unless_forced(db: Database, client: AsyncClient) -> None:
    made = await family(db)
    address = f"{BEADS}/{made['inner']}"
    for status in ("done", "closed"):
        refused = await client.patch(address, json={"status": status, "title": "never"})
        assert (refused.status_code, refused.json()["code"]) == (409, "open_children")
        assert refused.json()["children"] == [made["deep"]]
        assert f"not all of its children are done: {made['deep']}. Finish them first" in refused.json()["error"]
    assert (await client.get(address)).json()["title"] == "inner"
    closed = await client.patch(address, json={"status": "done", "force": True})
    assert (closed.status_code, closed.json()["status"]) == (200, "done")
    assert (await client.patch(address, json={"status": "done"})).status_code == 200
    assert (await client.patch(f"{BEADS}/{made['deep']}", json={"status": "done"})).status_code == 200


async def test_what_is_under_an_epic_is_closed_along_and_opened_again_as_one(db: Database, client: AsyncClient) -> None:
    made = await family(db)
    address, undone = f"{BEADS}/{made['epic']}", ("open", "in_progress", "blocked", "inner", "deep")

    async def standing() -> dict[str, str]:
        return {name: (await client.get(f"{BEADS}/{made[name]}")).json()["status"] for name in ("epic", *undone)}

    before = await standing()
    refused = (await client.patch(address, json={"status": "done"})).json()
    assert (refused["epics"], refused["open_below"]) == ([made["epic"]], len(undone))
    assert refused["children"] == sorted(made[name] for name in undone if name != "deep")
    for one in (False, True):
        wanted = {"status": "done", "close_children": True, "reason": "given up"}
        whole = {"ids": [made["epic"], made["deep"]], "change": wanted}
        closed = await (client.patch(address, json=wanted) if one else client.patch(BEADS, json=whole))
        assert closed.status_code == 200, closed.text
        assert set((await standing()).values()) == {"done"}
        if not one:
            assert sorted(closed.json()["changed"]) == sorted(made[name] for name in ("epic", *undone))
        entries = (await client.get(f"{BEADS}/{made['deep']}/history")).json()["entries"]
        assert next(entry["why"] for entry in entries if entry["field"] == "status") == "given up"
        back = await client.post(f"{BEADS}/undo", json={"change_id": closed.json()["change_id"]})
        assert back.status_code == 200, back.text
        assert await standing() == before


async def test_epics_closed_together_are_not_in_each_others_way(db: Database, client: AsyncClient) -> None:
    made = await family(db)
    children = [made[name] for name in ("open", "in_progress", "blocked")]
    refused = await client.patch(BEADS, json={"ids": [made["epic"], made["inner"]], "change": {"status": "done"}})
    assert (refused.status_code, refused.json()["epics"]) == (409, sorted([made["epic"], made["inner"]]))
    assert refused.json()["children"] == sorted([*children, made["deep"]])
    every = [made["epic"], made["inner"], made["deep"], *children]
    closed = await client.patch(BEADS, json={"ids": every, "change": {"status": "done"}})
    assert (closed.status_code, closed.json()["changed"]) == (200, every)


async def test_what_one_does_not_see_is_not_closed_along(db: Database, app: FastAPI) -> None:
    await project(db, "q", "q")
    made = await family(db)
    async with db.write() as tx:
        (await tx.get_one(Bead, made["inner"])).project_id = "q"
    async with people.signed_in(app, "user", sees=["p"]) as ann:
        refused = (await ann.patch(f"{BEADS}/{made['epic']}", json={"status": "done"})).json()
        assert (refused["open_below"], made["inner"] in refused["children"]) == (3, False)
        closed = await ann.patch(f"{BEADS}/{made['epic']}", json={"status": "done", "close_children": True})
        assert closed.status_code == 200
    async with db.read() as tx:
        for name in ("inner", "deep"):
            assert (await service.get(tx, made[name])).status == "open"


async def test_children_one_does_not_see_keep_nobody_from_closing_an_epic(db: Database) -> None:
    await project(db, "q", "q")
    async with db.write() as tx:
        epic = await bead(tx, "epic", type="epic")
        child = await tx.get_one(Bead, await bead(tx, "child", parent=epic))
        child.project_id = "q"
        await tx.flush()
        ann = Actor("user", "user-2", "ann", frozenset({"*:*"}), frozenset({"p"}))
        await closing.check_closable(tx, await service.get(tx, epic), ann)
        with pytest.raises(Exception, match=child.id):
            await closing.check_closable(tx, await service.get(tx, epic), PERSON)
