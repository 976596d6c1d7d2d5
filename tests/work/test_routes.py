"""Work that is asked of an agent: filed, waited for, never lost."""

import asyncio

from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.events import repository as events
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from tests.support import people, rows


async def test_work_is_filed_for_the_agent_and_answered_where_it_stands(client: AsyncClient, db: Database) -> None:
    await rows.project(db)
    agent_id = await rows.agent(db, name="Ada")
    body = {"agent_id": agent_id, "project_id": "kitchen", "prompt": "Count the spoons", "timeout_sec": 0}
    answer = await client.post("/api/v1/work", json=body | {"context": {"drawer": 3}})
    view = answer.json()
    assert (answer.status_code, view["finished"], view["status"]) == (202, False, "open")
    assert answer.headers["Location"] == f"/api/v1/beads/{view['bead_id']}"
    async with db.read() as tx:
        bead = await tx.get_one(Bead, view["bead_id"])
    assert (bead.assigned_to, bead.description) == (agent_id, "Count the spoons\n\nContext:\ndrawer: 3")
    waiting = asyncio.create_task(client.post("/api/v1/work", json=body | {"timeout_sec": 30}))
    made = ""
    while not made:
        await asyncio.sleep(0.01)
        async with db.read() as tx:
            found = await events.newest(tx, EVERYTHING, limit=1, types=frozenset({"bead.created"}))
        made = str(found[0].subject_id) if found[0].subject_id != view["bead_id"] else ""
    async with db.write() as tx:
        await beads.set_status(tx, made, "done", actor=SYSTEM, reason="There are nine.")
    answer = await waiting
    assert (answer.status_code, answer.json()["finished"], answer.json()["response"]) == (200, True, "There are nine.")


async def test_only_an_agent_of_the_project_whom_one_sees_can_be_asked(
    client: AsyncClient, app: FastAPI, db: Database
) -> None:
    await rows.project(db)
    await rows.project(db, "cellar")
    mole, ada = await rows.agent(db, "cellar"), await rows.agent(db)
    body = {"project_id": "kitchen", "prompt": "Dig", "timeout_sec": 0}
    elsewhere = await client.post("/api/v1/work", json=body | {"agent_id": mole})
    assert elsewhere.json()["code"] == "agent_elsewhere"
    async with people.signed_in(app, "user", "cook", sees=["kitchen"]) as cook:
        refused = [
            await cook.post("/api/v1/work", json=body | {"agent_id": mole}),
            await cook.post("/api/v1/work", json=body | {"agent_id": "gone"}),
            await cook.post("/api/v1/work", json=body | {"agent_id": ada, "project_id": "cellar"}),
        ]
        assert [one.status_code for one in refused] == [404, 404, 404]
        assert (await cook.post("/api/v1/work", json=body | {"agent_id": ada})).status_code == 202
    async with people.signed_in(app, "viewer", sees=["kitchen"]) as viewer:
        assert (await viewer.post("/api/v1/work", json=body | {"agent_id": ada})).status_code == 403
    for wrong in ({"timeout_sec": 601}, {"prompt": " "}, {"agent_id": ""}, {"more": 1}):
        assert (await client.post("/api/v1/work", json=body | {"agent_id": ada} | wrong)).status_code == 422
