"""Limits of columns: whom they hold up, whom never, and that two at once do not both get in."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from loom_app.beads import service, wip
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.schemas import BeadChange
from loom_app.kernel.actor import DEVELOPER, SYSTEM, Actor, agent_actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.projects.models import Project
from tests.beads.making import PERSON, project
from tests.support.databases import beside

AGENT = agent_actor("agent-1", "Ada", "p")


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    """Project p takes two beads in progress and three blocked ones; one is in progress, two are open."""
    await project(db)
    async with db.write() as tx:
        (await tx.get_one(Project, "p")).wip_limits = {"in_progress": 2, "blocked": 3}
        for number, status in enumerate(("in_progress", "open", "open", "done")):
            tx.add(Bead(id=f"t-{number}", project_id="p", title="x", status=status))


@pytest.fixture
async def other(db: Database, vault: Vault) -> AsyncIterator[Database]:
    """A second process at the same database."""
    second = beside(db, vault)
    yield second
    await second.dispose()


async def move(db: Database, bead_id: str, status: str, actor: Actor = PERSON) -> str:
    """Where the bead stands afterwards, or the code of the refusal."""
    try:
        async with db.write() as tx:
            return (await service.update(tx, bead_id, BeadChange(status=status), actor=actor)).status
    except Conflict as refusal:
        return refusal.code


async def test_a_person_is_refused_where_a_column_is_full(client: AsyncClient) -> None:
    assert (await client.patch("/api/v1/beads/t-1", json={"status": "in_progress"})).status_code == 200
    refused = await client.patch("/api/v1/beads/t-2", json={"status": "in_progress"})
    body = refused.json()
    assert (refused.status_code, body["code"], body["limit"], body["count"]) == (409, "wip_limit", 2, 2)
    assert "In progress of project p is full: 2 beads are there and at most 2 may be" in body["detail"]
    assert (await client.get("/api/v1/beads/t-2")).json()["status"] == "open"
    assert (await client.patch("/api/v1/beads/t-1", json={"status": "blocked"})).status_code == 200
    assert (await client.patch("/api/v1/beads/t-2", json={"status": "in_progress"})).status_code == 200


async def test_two_at_once_do_not_both_get_in(db: Database, other: Database) -> None:
    came = await asyncio.gather(move(db, "t-1", "in_progress"), move(other, "t-2", "in_progress"))
    assert sorted(came) == ["in_progress", "wip_limit"]


async def test_several_in_one_transaction_are_counted_one_by_one(db: Database) -> None:
    async def both() -> None:
        async with db.write() as tx:
            for bead_id in ("t-1", "t-2"):
                await service.update(tx, bead_id, BeadChange(status="in_progress"), actor=PERSON)

    with pytest.raises(Conflict, match="is full"):
        await both()
    async with db.read() as tx:
        assert (await service.get(tx, "t-1")).status == BeadStatus.OPEN


async def test_a_claim_keeps_to_the_limit_whoever_makes_it(db: Database) -> None:
    async with db.write() as tx:
        await service.start(tx, "t-1", holder="agent-1", actor=AGENT)
    for actor in (AGENT, PERSON, SYSTEM):
        with pytest.raises(Conflict) as refusal:
            async with db.write() as tx:
                await service.start(tx, "t-2", holder="agent-1", actor=actor)
        assert refusal.value.code == wip.FULL


async def test_what_agents_have_done_is_never_held_up(db: Database) -> None:
    async with db.write() as tx:
        (await tx.get_one(Project, "p")).wip_limits = dict.fromkeys(BeadStatus, 1)
    assert await move(db, "t-0", "done", AGENT) == "done"
    assert await move(db, "t-1", "blocked", AGENT) == "blocked"
    assert await move(db, "t-2", "blocked", SYSTEM) == "blocked"
    assert await move(db, "t-3", "open", DEVELOPER) == "open", "there was room"
    assert await move(db, "t-2", "open", DEVELOPER) == "wip_limit"


async def test_a_new_bead_is_always_taken_in_and_a_bead_may_stay_where_it_is(db: Database, client: AsyncClient) -> None:
    async with db.write() as tx:
        (await tx.get_one(Project, "p")).wip_limits = {"open": 1}
    answer = await client.post("/api/v1/beads", json={"project_id": "p", "title": "one more"})
    assert answer.status_code == 201
    assert await move(db, "t-1", "open") == "open"


async def test_a_bead_is_not_moved_into_a_full_column_of_another_project(db: Database) -> None:
    await project(db, "q", "q")
    async with db.write() as tx:
        tx.add(Bead(id="q-1", project_id="q", title="x", status="in_progress"))
    async with db.write() as tx:
        (await tx.get_one(Project, "p")).wip_limits = {"in_progress": 1}
    with pytest.raises(Conflict, match="is full"):
        async with db.write() as tx:
            await service.update(tx, "q-1", BeadChange(project_id="p"), actor=PERSON)


async def test_deleted_beads_take_no_room(db: Database) -> None:
    async with db.write() as tx:
        tx.add(Bead(id="t-9", project_id="p", title="x", status="in_progress", source_status="tombstone"))
    assert await move(db, "t-1", "in_progress") == "in_progress"


async def test_limits_are_set_one_by_one(client: AsyncClient) -> None:
    async def patched(limits: Any) -> Any:
        answer = await client.patch("/api/v1/projects/p", json={"wip_limits": limits})
        return answer.json()["wip_limits"] if answer.status_code == 200 else answer.status_code

    assert await patched({"open": 40}) == {"in_progress": 2, "blocked": 3, "open": 40}
    assert await patched({"in_progress": None, "blocked": None}) == {"open": 40}
    assert await patched({"open": 999}) == {"open": 999}
    for wrong in ({"review": 3}, {"open": 0}, {"open": 1000}, {"open": -1}, {"open": "4"}, {"open": 1.5}, [4], 4):
        assert await patched(wrong) == 422, wrong
    whole = (await client.get("/api/v1/projects/p")).json()
    assert (await client.put("/api/v1/projects/p", json=whole)).status_code == 200
