from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import func, select

from loom_app.beadfiles.interchange import import_text
from loom_app.beads import history, past, service
from loom_app.beads.models import FieldChange
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.actor import SYSTEM, Actor, agent_actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound
from tests.beads.making import PERSON, bead, chain, project

AGENT = agent_actor("agent-1", "Bo", "p")
ANN = Actor("user", "user-ann", "ann", frozenset({"beads:*"}), frozenset({"p"}))


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def change(db: Database, bead_id: str, **fields: Any) -> str | None:
    async with db.write() as tx:
        await service.update(tx, bead_id, BeadChange(**fields), actor=PERSON)
        return service.last_change(tx)


async def told(db: Database, bead_id: str, actor: Actor = SYSTEM) -> list[tuple[str, Any, Any]]:
    """(field, from, to) of the history of a bead, newest first."""
    async with db.read() as tx:
        entries, count = await past.page(tx, bead_id, actor=actor, limit=200, before=None)
    assert count == len(entries)
    return [(entry["field"], entry["from"], entry["to"]) for entry in entries]


async def test_every_field_that_differs_is_told_whole_with_who_and_why(db: Database) -> None:
    long = "word " * 5_000
    async with db.write() as tx:
        made = await bead(tx, "old", tags=["a"], priority=0)
    changed = await change(
        db, made, title="new", description=long, tags=["a", "b"], context={"k": [1]}, priority=0, pinned=True,
        owner="ann@example.org", due_date="2026-03-01T10:00:00+02:00", reason="because",
    )  # fmt: skip
    assert sorted(await told(db, made), key=lambda one: one[0]) == [
        ("context", {}, {"k": [1]}),
        ("created", None, "old"),
        ("description", "", long),
        ("due_date", None, "2026-03-01T08:00:00Z"),
        ("owner", "", "ann@example.org"),
        ("pinned", False, True),
        ("tags", ["a"], ["a", "b"]),
        ("title", "old", "new"),
    ]
    async with db.read() as tx:
        [newest, *_] = (await past.page(tx, made, actor=SYSTEM, limit=1, before=None))[0]
    assert (newest["change_id"], newest["why"]) == (changed, "because")
    assert newest["actor"] == {"kind": "user", "id": "user-1", "name": "Ann"}
    assert await change(db, made, title="new", priority=0) is None


async def test_moves_of_people_agents_and_runs_are_told_with_their_reason(db: Database) -> None:
    async with db.write() as tx:
        made = await bead(tx, "x")
    async with db.write() as tx:
        await service.start(tx, made, holder="agent-1", actor=AGENT, why="it is free")
    async with db.write() as tx:
        await service.set_status(tx, made, "done", actor=AGENT, reason="landed")
    await change(db, made, status="open", reason="not yet")
    await change(db, made, status="deferred")
    await change(db, made, status="blocked", reason="one")
    await change(db, made, status="blocked", reason="two")
    assert [one for one in await told(db, made) if one[0] in ("status", "status_reason")] == [
        ("status_reason", "one", "two"),
        ("status", "deferred", "blocked"),
        ("status", "open", "deferred"),
        ("status", "done", "open"),
        ("status", "in_progress", "done"),
        ("status", "open", "in_progress"),
    ]
    assert ("assigned_to", "", "agent-1") in await told(db, made)
    async with db.read() as tx:
        entries, _ = await past.page(tx, made, actor=SYSTEM, limit=200, before=None)
    whys = [(entry["actor"]["name"], entry["why"]) for entry in entries if entry["field"] == "status"]
    assert whys[-3:] == [("Ann", "not yet"), ("Bo", "landed"), ("Bo", "it is free")]


async def test_a_dependency_is_told_at_both_ends(db: Database) -> None:
    async with db.write() as tx:
        a, b, epic = await bead(tx, "a"), await bead(tx, "b"), await bead(tx, "epic")
    await change(db, b, blocked_by=[a], parent=epic)
    async with db.write() as tx:
        await service.change_dependency(tx, b, a, "conditional-blocks", actor=PERSON)
    async with db.write() as tx:
        await service.remove_dependency(tx, b, a, actor=PERSON)
    assert (await told(db, a))[:-1] == [("blocks", [b], []), ("blocks", [], [b])]
    assert await told(db, epic) == [("children", [], [b]), ("created", None, "epic")]
    mine = [one for one in await told(db, b) if one[0] != "dependencies"]
    assert mine[0] == ("blocked_by", [a], [])
    assert {field for field, *_ in mine[1:]} == {"blocked_by", "parent", "created"}
    types = [[[link["type"] for link in side] for side in one[1:]] for one in await told(db, b) if one not in mine]
    assert [sorted(side) for side in types[-1]] == [["blocks", "parent-child"], ["conditional-blocks", "parent-child"]]


async def test_a_new_bead_is_told_to_those_it_was_linked_with_alone(db: Database) -> None:
    a, b = await chain(db, "a", "b")
    assert await told(db, a) == [("blocks", [], [b]), ("created", None, "a")]
    assert await told(db, b) == [("created", None, "b")]


async def test_the_history_is_paged(db: Database, client: AsyncClient) -> None:
    async with db.write() as tx:
        made = await bead(tx, "0")
    for number in range(1, 6):
        await change(db, made, title=str(number))
    address = f"/api/v1/beads/{made}/history"
    first = (await client.get(f"{address}?limit=2")).json()
    assert ([entry["to"] for entry in first["entries"]], first["count"]) == (["5", "4"], 6)
    second = (await client.get(f"{address}?limit=3&before={first['entries'][-1]['id']}")).json()
    assert ([entry["to"] for entry in second["entries"]], second["count"]) == (["3", "2", "1"], 6)
    assert (await client.get(f"{address}?limit=0")).status_code == 422
    assert (await client.get("/api/v1/beads/t-none/history")).json()["code"] == "bead_not_found"


async def test_a_bead_keeps_a_bounded_history(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_KEPT", 5)
    monkeypatch.setattr(history, "LOOK_EVERY", 1)
    async with db.write() as tx:
        made = await bead(tx, "0")
    for number in range(1, 9):
        await change(db, made, title=str(number))
    assert [one[2] for one in await told(db, made)] == ["8", "7", "6", "5", "4"]


async def test_what_came_with_a_file_has_no_past_and_a_newer_line_has_one(db: Database) -> None:
    times = '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-0{}T00:00:00Z"'
    lines = '{{"id":"f-1","title":"one","priority":1,{t}}}\n{{"id":"f-2","title":"two","priority":1{d},{t}}}\n'
    async with db.write() as tx:
        await import_text(tx, "p", lines.format(t=times.format(1), d=""), actor=PERSON)
        assert (await tx.execute(select(func.count()).select_from(FieldChange))).scalar_one() == 0
    newer = ',"status":"closed","owner":"o","dependencies":[{"depends_on_id":"f-1","type":"blocks"}]'
    async with db.write() as tx:
        await import_text(tx, "p", lines.format(t=times.format(2), d=newer), actor=PERSON)
        changed = service.last_change(tx)
    assert sorted(await told(db, "f-2"), key=str) == [
        ("blocked_by", [], ["f-1"]), ("owner", "", "o"), ("status", "open", "done"),
    ]  # fmt: skip
    assert await told(db, "f-1") == [("blocks", [], ["f-2"])]
    assert changed
    async with db.write() as tx:
        undone = await service.undo(tx, changed, actor=PERSON)
        assert undone.changed == ["f-2"]
        found = await service.get(tx, "f-2")
        assert (found.status, found.owner, found.closed_at) == ("open", "", None)


async def test_nobody_is_told_of_beads_of_projects_they_do_not_see(db: Database) -> None:
    await project(db, "q", "zq")
    async with db.write() as tx:
        mine, near = await bead(tx, "mine"), await bead(tx, "near")
        theirs = (await service.create(tx, service.draft(project_id="q", title="theirs"), actor=PERSON)).id
    linked = await change(db, mine, blocked_by=[theirs, near])
    assert await told(db, mine, ANN) == [("blocked_by", [], [near]), ("created", None, "mine")]
    await change(db, mine, project_id="q", title="while there")
    await change(db, mine, project_id="p")
    seen = await told(db, mine, ANN)
    assert seen[0] == ("project_id", None, "p")
    assert not {"while there", theirs, "q"} & {str(part) for one in seen for part in one}
    assert linked
    async with db.write() as tx:
        entries, _ = await past.page(tx, mine, actor=ANN, limit=200, before=None)
        assert [entry["undoable"] for entry in entries if entry["change_id"] == linked] == [False]
        with pytest.raises(NotFound, match="There is no change"):
            await service.undo(tx, linked, actor=ANN)
