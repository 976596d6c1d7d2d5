"""Who takes, renews and gives back locks, and what those hear who come too late."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.beads.models import BeadStatus
from loom_app.config import Settings
from loom_app.filelocks import service
from loom_app.filelocks.models import FileLock
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.database import Database
from loom_app.runs.models import TerminalReason
from loom_app.runs.service import end_run
from tests.beads.making import events
from tests.runs.starting import begun
from tests.support import people, rows

LOCKS = "/api/v1/file-locks"
FILE = "src/scale.py"


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.bead(db, status=BeadStatus.OPEN)


async def lock(client: AsyncClient, path: str = FILE, **more: str) -> Response:
    return await client.post(LOCKS, json={"file_path": path, "project_id": "kitchen", **more})


async def held(client: AsyncClient, query: str = "") -> list[str]:
    answer = await client.get(f"{LOCKS}?{query}")
    assert answer.headers["X-Total-Count"] == str(len(answer.json()))
    return [one["file_path"] for one in answer.json()]


def refusal(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return dict(answer.json())


async def test_a_lock_is_taken_renewed_and_given_back(client: AsyncClient, db: Database, settings: Settings) -> None:
    robin = await rows.agent(db, name="Robin")
    taken = await lock(client, f"./{FILE}", agent_id=robin, bead_id="kitchen-1")
    first = taken.json()
    assert taken.status_code == 201
    assert set(first) == {"file_path", "project_id", "agent_id", "bead_id", "locked_at", "expires_at"}
    assert (first["file_path"], first["agent_id"], first["bead_id"]) == (FILE, robin, "kitchen-1")
    assert (await client.get(LOCKS)).json() == [first]
    again = await lock(client, agent_id=robin)
    assert (again.status_code, again.json()["locked_at"]) == (200, first["locked_at"])
    assert again.json()["expires_at"] > first["expires_at"]
    assert again.json()["bead_id"] == "kitchen-1"
    address = f"{LOCKS}/kitchen/{FILE}"
    refused = refusal(await client.delete(address), 409, "file_locked")
    assert refused["error"].startswith(f"{FILE} is locked by agent Robin for kitchen-1 until ")
    assert (await client.delete(f"{address}?agent_id={robin}")).status_code == 204
    gone = refusal(await client.delete(f"{address}?agent_id={robin}"), 404, "lock_not_found")
    assert f"Nobody holds '{FILE}' in kitchen" in gone["error"]
    assert [type_ for type_, _, _ in await events(db, "file.locked", "file.unlocked")] == [
        "file.locked", "file.unlocked",
    ]  # fmt: skip


@pytest.mark.parametrize("path", [FILE, "src", "src/scale.py/inner", "./src//"])
async def test_a_path_a_folder_around_it_and_what_is_in_it_are_one_lock(
    client: AsyncClient, db: Database, path: str
) -> None:
    robin = await rows.agent(db, name="Robin")
    taken = (await lock(client, agent_id=robin)).json()
    refused = refusal(await lock(client, path), 409, "file_locked")
    assert (refused["file_path"], refused["agent_id"], refused["expires_at"]) == (FILE, robin, taken["expires_at"])
    assert f"is locked by agent Robin until {taken['expires_at']}" in refused["error"]
    assert (await lock(client, path, agent_id=robin)).status_code in (200, 201)


@pytest.mark.parametrize("path", ["src/scale.pyc", "src/scale", "SRC", "Src/scale.py", "src_", "src/scale%py", "other"])
async def test_other_paths_are_free(client: AsyncClient, db: Database, path: str) -> None:
    await lock(client, agent_id=await rows.agent(db))
    assert (await lock(client, path)).status_code == 201


async def test_a_lock_that_ran_out_is_invisible_and_free(client: AsyncClient, db: Database) -> None:
    robin = await rows.agent(db)
    await lock(client, agent_id=robin)
    async with db.write() as tx:
        (await tx.get_one(FileLock, ("kitchen", FILE))).expires_at = now()
    assert await held(client) == []
    refusal(await client.delete(f"{LOCKS}/kitchen/{FILE}?agent_id={robin}"), 404, "lock_not_found")
    assert (await lock(client)).status_code == 201


async def test_of_many_at_once_one_gets_the_lock(client: AsyncClient, db: Database) -> None:
    agents = [await rows.agent(db) for _ in range(8)]
    paths = [FILE, "src", FILE, "src/scale.py/x"] * 2
    answers = await asyncio.gather(
        *(lock(client, path, agent_id=agent) for path, agent in zip(paths, agents, strict=True))
    )
    won = [answer.json()["agent_id"] for answer in answers if answer.status_code == 201]
    assert len(won) == 1
    assert {answer.json()["agent_id"] for answer in answers} == set(won)


async def test_locks_end_with_the_run_they_were_taken_in(client: AsyncClient, db: Database, settings: Settings) -> None:
    run_id = await begun(db, "kitchen-1")
    robin = (await client.get(f"/api/v1/runs/{run_id}")).json()["agent_id"]
    await rows.bead(db, "kitchen-2")
    for path, more in (("a", {"bead_id": "kitchen-1"}), ("b", {"bead_id": "kitchen-2"}), ("c", {})):
        await lock(client, path, agent_id=robin, **more)
    await lock(client, "d", bead_id="kitchen-1")
    assert await held(client, f"agent_id={robin}&bead_id=kitchen-1") == ["a"]
    await end_run(db, settings, run_id, TerminalReason.NO_ACTIONS, "Nothing.")
    assert await held(client) == ["b", "c", "d"]


async def test_people_hold_locks_that_only_they_and_administrators_end(client: AsyncClient, app: FastAPI) -> None:
    address = f"{LOCKS}/kitchen/{FILE}"
    async with people.signed_in(app, "user", "ann", sees=["kitchen"]) as ann:
        mine = (await lock(ann)).json()["agent_id"]
        async with people.signed_in(app, "user", "bo", sees=["kitchen"]) as bo:
            refused = refusal(await lock(bo), 409, "file_locked")
            assert f"{FILE} is locked by ann until " in refused["error"]
            refusal(await bo.delete(f"{address}?agent_id={mine}"), 403, "not_yours")
            refusal(await lock(bo, "x", agent_id=mine), 404, "agent_not_found")
        assert (await lock(ann, agent_id="ann")).status_code == 200
        assert (await ann.delete(address)).status_code == 204
        await lock(ann)
    assert (await client.delete(f"{address}?agent_id={mine}")).status_code == 204


async def test_what_one_does_not_see_is_not_there(client: AsyncClient, app: FastAPI, db: Database) -> None:
    await rows.project(db, "garden")
    rose = await rows.agent(db, "garden")
    await lock(client)
    refusal(await lock(client, "x", agent_id=rose), 400, "agent_elsewhere")
    garden = {"file_path": "x", "project_id": "garden"}
    refusal(await client.post(LOCKS, json={**garden, "bead_id": "kitchen-1"}), 400, "bead_elsewhere")
    refusal(await lock(client, "x", bead_id="kitchen-0"), 404, "bead_not_found")
    async with people.signed_in(app, "user", "ann", sees=["garden"]) as ann:
        assert await held(ann) == await held(ann, "project_id=kitchen") == []
        refusal(await lock(ann), 404, "project_not_found")
        refusal(await ann.delete(f"{LOCKS}/kitchen/{FILE}"), 404, "project_not_found")


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a\\b", "."])
async def test_a_bad_path_is_refused(client: AsyncClient, path: str) -> None:
    refusal(await lock(client, path), 400, "bad_path")


async def test_a_project_has_only_so_many_locks(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_LOCKS", 2)
    for path, status in (("a", 201), ("b", 201), ("c", 409), ("b", 200)):
        assert (await lock(client, path)).status_code == status
    assert await held(client) == ["a", "b"]
    assert all(one["expires_at"] > rfc3339(now()) for one in (await client.get(LOCKS)).json())
