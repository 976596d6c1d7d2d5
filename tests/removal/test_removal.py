"""A project is removed by itself when it is empty, with its work when somebody says so, and the log keeps what was."""

from httpx import AsyncClient
from sqlalchemy import func, select
from sqlmodel import col

from loom_app.beads.models import Bead, BeadStatus, Dependency
from loom_app.beads.settling import settle_all
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision
from loom_app.events.models import Event
from loom_app.kernel.database import Database
from loom_app.runs import lease
from loom_app.runs.models import Run, RunStatus, Turn
from tests.support import rows

HERE = "/api/v1/projects/kitchen"
ALL = {"everything": "true"}


async def worked_in(client: AsyncClient, db: Database) -> str:
    """A project in which a bead was done by a run after a decision, and one waits; the id of the open decision."""
    await rows.project(db)
    agent_id = await rows.agent(db)
    for number in (1, 2):
        await rows.bead(db, f"kitchen-{number}")
    async with db.write() as tx:
        run = Run(
            id="run-1", project_id="kitchen", bead_id="kitchen-1", agent_id=agent_id, provider_id="model", model="m",
            token=1, status=RunStatus.FINISHED,
        )  # fmt: skip
        tx.add(run)
        await tx.flush()
        tx.add(Turn(run_id="run-1", number=1, prompt="Weigh."))
    ids = []
    for number in (1, 2):
        asked = await client.post("/api/v1/decisions", json={"bead_id": f"kitchen-{number}", "question": "Rye?"})
        assert asked.status_code == 201, asked.text
        ids.append(str(asked.json()["id"]))
    answer = await client.post(f"/api/v1/decisions/{ids[0]}/decide", json={"decision": "approve"})
    assert answer.status_code == 200, answer.text
    return ids[1]


async def left(db: Database) -> int:
    """How many rows there are of what a project owns."""
    async with db.read() as tx:
        counts = [await tx.scalar(select(func.count()).select_from(table)) for table in (Bead, Decision, Run, Turn)]
    return sum(count or 0 for count in counts)


async def test_with_consent_everything_goes_and_the_log_keeps_it(client: AsyncClient, db: Database) -> None:
    await rows.project(db, "garden")
    open_one = await worked_in(client, db)
    async with db.write() as tx:
        tx.add(Bead(id="garden-1", project_id="garden", title="Herbs", status=BeadStatus.OPEN))
        await tx.flush()
        tx.add(Dependency(bead_id="garden-1", depends_on_id="kitchen-2"))
        await settle_all(tx)
    refused = await client.delete(HERE)
    assert (refused.status_code, refused.json()["code"]) == (409, "project_in_use")
    assert "2 beads, 1 agent, 1 open decision" in refused.json()["error"]
    assert "everything=true" in refused.json()["error"]
    assert (await client.delete(HERE, params=ALL)).status_code == 204
    assert (await client.get(HERE)).status_code == 404
    assert (await client.get(f"/api/v1/decisions/{open_one}")).status_code == 404
    assert await left(db) == 1, "the bead of the other project"
    async with db.read() as tx:
        herbs = await tx.get_one(Bead, "garden-1")
        assert not herbs.is_blocked
        of_project = select(col(Event.type)).where(col(Event.project_id) == "kitchen").order_by(col(Event.seq))
        told = (await tx.execute(of_project)).scalars().all()
        assert {"decision.created", "decision.resolved"} < set(told)
        assert told[-1] == "project.deleted"
        assert await decisions.due(tx, open_one) is None, "who waits for it waits no longer"


async def test_what_was_deleted_and_decided_keeps_no_project(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await rows.bead(db)
    asked = (await client.post("/api/v1/decisions", json={"bead_id": "kitchen-1", "question": "Rye?"})).json()
    await client.post(f"/api/v1/decisions/{asked['id']}/decide", json={"decision": "deny"})
    assert (await client.delete("/api/v1/beads/kitchen-1")).status_code == 204
    assert (await client.delete(HERE)).status_code == 204
    assert await left(db) == 0


async def test_nothing_is_removed_under_a_run_or_against_stickiness(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    await rows.bead(db)
    async with db.write() as tx:
        token = await lease.take(tx, "kitchen-1", holder="quinn", seconds=30)
    refused = await client.delete(HERE, params=ALL)
    assert (refused.status_code, refused.json()["code"]) == (409, "project_working")
    async with db.write() as tx:
        await lease.release(tx, "kitchen-1", token)
    await client.patch(HERE, json={"is_sticky": True})
    assert (await client.delete(HERE, params=ALL)).json()["code"] == "project_sticky"
    await client.patch(HERE, json={"is_sticky": False})
    assert (await client.delete(HERE, params=ALL)).status_code == 204
