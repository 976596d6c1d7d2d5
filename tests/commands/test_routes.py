"""Commands that people run: inside the walls, under the project's rules, kept with what agents ran."""

from pathlib import Path

from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.projects import command_rules
from loom_app.runs.acting import act
from tests.runs.stage import set_up
from tests.support import people, rows

PATH = "/api/v1/commands"


async def test_they_run_confined_in_a_worktree_of_their_own_and_are_listed_with_those_of_agents(
    client: AsyncClient, app: FastAPI, db: Database, settings: Settings, tmp_path: Path
) -> None:
    stage = await set_up(db, settings, tmp_path)
    agent_id = (await stage.run()).agent_id
    number = await stage.reply({"type": "run_command", "command": "echo agent"})
    await act(db, settings, stage.run_id, number)
    body = {"agent_id": agent_id, "command": "ls; echo x > made.txt; echo key AKIAIOSFODNN7EXAMPLB >&2; exit 3"}
    done = (
        await client.post(f"{PATH}/execute", json=body | {"bead_id": stage.bead_id, "context": {"why": "look"}})
    ).json()
    assert (done["exit_code"], done["success"], done["project_id"], done["bead_id"]) == (
        3,
        False,
        "kitchen",
        stage.bead_id,
    )
    assert done["stdout"] == "README.md\nflour.txt\n"
    assert "AKIAIOSFODNN7EXAMPLB" not in str(done)
    assert done["error"]
    assert not list((settings.data_dir / "commands").iterdir())
    assert not (stage.folder / "made.txt").exists()
    page = await client.get(PATH, params={"limit": 10})
    assert page.headers["X-Total-Count"] == "2"
    mine, theirs = page.json()
    assert mine == done
    assert (theirs["command"], theirs["stdout"], theirs["run_id"]) == ("echo agent", "agent\n", stage.run_id)
    assert [(await client.get(f"{PATH}/{one['id']}")).json() for one in (mine, theirs)] == [mine, theirs]
    assert [one["id"] for one in (await client.get(PATH, params={"limit": 1, "offset": 1})).json()] == [theirs["id"]]
    assert (await client.get(PATH, params={"project_id": "cellar"})).json() == []
    events = (await client.get("/api/v1/events", params={"type": "command.executed"})).json()["events"]
    assert [event["subject_id"] for event in events] == [done["id"]]

    async with db.write() as tx:
        await command_rules.add(tx, "kitchen", "echo", allowed=False, actor=SYSTEM)
    refused = await client.post(f"{PATH}/execute", json={"agent_id": agent_id, "command": "echo hi"})
    assert (refused.status_code, refused.json()["code"]) == (403, "command_refused")
    kept = (await client.get(f"{PATH}/{refused.json()['command_id']}")).json()
    assert (kept["exit_code"], kept["stdout"], kept["success"]) == (None, "", False)
    outside = await client.post(f"{PATH}/execute", json={"agent_id": agent_id, "command": "ls", "working_dir": "/etc"})
    assert outside.status_code == 403
    late = await client.post(
        f"{PATH}/execute", json={"agent_id": agent_id, "command": "sleep 9", "timeout_seconds": 0.2}
    )
    assert (late.json()["success"], late.json()["exit_code"]) == (False, None)

    async with people.signed_in(app, "user", "stranger") as stranger:
        assert (await stranger.get(PATH)).json() == []
        assert {(await stranger.get(f"{PATH}/{one['id']}")).status_code for one in (mine, theirs)} == {404}
        assert (await stranger.post(f"{PATH}/execute", json=body)).status_code == 403
    for unknown in ("cmd-none", f"{stage.run_id}.9.9", f"{stage.run_id}.x.1", "a.b"):
        assert (await client.get(f"{PATH}/{unknown}")).json()["code"] == "command_not_found"
    await rows.project(db, "cellar")
    for wrong in ({"project_id": "cellar"}, {"project_id": "none"}, {"agent_id": "none"}, {"bead_id": "none-1"}):
        assert (await client.post(f"{PATH}/execute", json=body | wrong)).status_code in (400, 404)
