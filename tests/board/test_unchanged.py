"""A board one has already: not sent again while it is the same, and never taken for the same when it is not."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import event, update
from sqlmodel import col

from loom_app.beads.models import Bead, Dependency, Lease
from loom_app.beads.settling import settle_all
from loom_app.board import service
from loom_app.events.service import append
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import Database
from loom_app.runs.models import Run, RunAction, RunStatus, Turn
from tests.beads.making import PERSON, bead, project
from tests.support import people, rows

BOARD = "/api/v1/board"


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def tag_of(client: AsyncClient, query: str = "") -> str:
    answer = await client.get(f"{BOARD}{query}")
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


async def asked(client: AsyncClient, tag: str, query: str = "") -> int:
    return (await client.get(f"{BOARD}{query}", headers={"If-None-Match": tag})).status_code


async def test_the_same_board_is_not_sent_again_nor_read(client: AsyncClient, db: Database) -> None:
    async with db.write() as tx:
        await bead(tx, "x")
    tag = await tag_of(client)
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(db.reader.sync_engine, "before_cursor_execute", note)
    try:
        answer = await client.get(BOARD, headers={"If-None-Match": tag})
    finally:
        event.remove(db.reader.sync_engine, "before_cursor_execute", note)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["last-seq"] == str((await client.get(BOARD)).json()["seq"])
    assert not [statement for statement in statements if "FROM beads" in statement]
    for known in (f'"other", {tag}', tag.removeprefix("W/"), "*"):
        assert await asked(client, known) == 304
    for known in ("", "W/", '"other"', tag.upper()):
        assert await asked(client, known) == 200
    assert await asked(client, tag, "?done=all") == await asked(client, tag, "?project_id=p") == 200
    assert await asked(client, "*", "?project_id=none") == 404


async def test_whatever_a_board_shows_makes_it_another(client: AsyncClient, db: Database) -> None:
    async with db.write() as tx:
        bead_id = await bead(tx, "x")
    agent_id = await rows.agent(db, "p")
    began = now() - timedelta(minutes=5)
    run = Run(
        id="run-1", bead_id=bead_id, project_id="p", agent_id=agent_id, provider_id="m", model="m", token=1,
        status=RunStatus.RUNNING, created_at=began, started_at=began,
    )  # fmt: skip
    started = update(RunAction).values(started_at=began)

    async def add(row: Any) -> None:
        async with db.write() as tx:
            tx.add(row)

    async def execute(statement: Any) -> None:
        async with db.write() as tx:
            await tx.execute(statement)

    changes: list[Callable[[], Awaitable[Any]]] = [
        lambda: client.patch(f"/api/v1/beads/{bead_id}", json={"status": "in_progress"}),
        lambda: client.post("/api/v1/beads", json={"project_id": "p", "title": "new"}),
        lambda: client.patch("/api/v1/projects/p", json={"name": "Another"}),
        lambda: add(Lease(bead_id=bead_id, token=1, holder=agent_id, run_id="run-1", expires_at=ahead(60))),
        lambda: execute(update(Lease).values(expires_at=ahead(90))),
        lambda: add(run),
        lambda: add(Turn(run_id="run-1", number=1, prompt="?", created_at=began + timedelta(minutes=1))),
        lambda: execute(update(Turn).values(replied_at=now())),
        lambda: add(RunAction(run_id="run-1", turn=1, position=0, type="read_code")),
        lambda: execute(started.where(col(RunAction.position) == 0)),
        lambda: execute(update(Run).values(cost_micros=7)),
    ]
    seen = {await tag_of(client)}
    for number, change in enumerate(changes):
        before = (await client.get(BOARD)).json()
        await change()
        tag = await tag_of(client)
        if (await client.get(BOARD)).json() != before:
            assert tag not in seen, number
        seen.add(tag)
    assert len(seen) >= len(changes)


async def test_what_happens_elsewhere_leaves_it_the_same(
    client: AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = {f"{source}.happened" for source in (*service.ELSEWHERE, "newcomer")}
    monkeypatch.setattr("loom_app.events.service.CATALOGUE", types)
    before = await client.get(BOARD)
    async with db.write() as tx:
        for source in service.ELSEWHERE:
            append(tx, f"{source}.happened", actor=PERSON)
    after = await client.get(BOARD, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 304
    assert int(after.headers["last-seq"]) == int(before.headers["last-seq"]) + len(service.ELSEWHERE)
    async with db.write() as tx:
        append(tx, "newcomer.happened", actor=PERSON)
    assert await asked(client, before.headers["etag"]) == 200, "of a source nobody thought of"


async def test_what_other_projects_do_leaves_a_board_of_its_own_the_same(app: FastAPI, db: Database) -> None:
    """Nor can anybody tell from it that something happens where they do not see it, but for what their cards show."""
    await project(db, "q", "q")
    async with db.write() as tx:
        await bead(tx, "x")
        tx.add(Bead(id="q-1", project_id="q", title="theirs"))
    mine = "?project_id=p"
    async with people.signed_in(app, "admin") as admin, people.signed_in(app, "user", "ann", sees=["p"]) as ann:
        tags = await tag_of(admin, mine), await tag_of(ann)
        await admin.patch("/api/v1/beads/q-1", json={"status": "in_progress"})
        async with db.write() as tx:
            tx.add(Lease(bead_id="q-1", token=1, holder="agent-1", expires_at=ahead(60)))
        assert (await asked(admin, tags[0], mine), await asked(ann, tags[1])) == (304, 304)
        assert await asked(admin, tags[0]) == 200
        async with db.write() as tx:
            tx.add(Dependency(bead_id=(await bead(tx, "y")), depends_on_id="q-1"))
            await settle_all(tx)
        tags = await tag_of(admin, mine), await tag_of(ann)
        await admin.patch("/api/v1/beads/q-1", json={"title": "Theirs"})
        assert (await asked(admin, tags[0], mine), await asked(ann, tags[1])) == (200, 200)


async def test_who_sees_something_else_has_another_board(
    app: FastAPI, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await project(db, "q", "q")
    async with db.write() as tx:
        await bead(tx, "x")
        tx.add(Bead(id="q-1", project_id="q", title="theirs"))
    async with (
        people.signed_in(app, "user", "ann", sees=["p"]) as ann,
        people.signed_in(app, "user", "bo", sees=["q"]) as bo,
    ):
        tag = await tag_of(ann)
        assert (await asked(ann, tag), await asked(bo, tag)) == (304, 200)
        await people.member(db, "ann", "q")
        both = await tag_of(ann)
        assert await asked(ann, tag) == 200
        assert await asked(ann, "*", "?project_id=q") == 304
        assert both != tag
        monkeypatch.setattr(service, "STARTED", "another")
        assert await asked(ann, both) == 200, "what another process said holds no longer"
    async with db.read() as tx:
        may_not = PERSON.__class__("user", "user-9", "eve", frozenset({"beads:read"}), None)
        tags = {(await service.tag(tx, "", every_done=False, actor=actor))[0] for actor in (PERSON, may_not)}
    assert len(tags) == 2
