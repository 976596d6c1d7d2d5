"""`agent: task` starts work for who is meant; nobody else's name starts anything."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth import permissions
from loom_app.beads.models import Bead
from loom_app.kernel.database import Database
from loom_app.repl.starting import task_of
from tests.repl.conftest import asked
from tests.support import people, rows


async def test_a_task_is_filed_for_the_agent_who_is_named(cook: AsyncClient, db: Database) -> None:
    answer = await asked(cook, "ada: Count the spoons\nand the forks")
    assert (answer["answered"], answer["tokens_used"]) == ("work", 0)
    assert f"[{answer['bead_id']}](/beads/{answer['bead_id']})" in answer["response"]
    async with db.read() as tx:
        bead = await tx.get_one(Bead, answer["bead_id"])
    assert (bead.title, bead.status, bead.project_id) == ("Count the spoons", "open", "kitchen")
    assert bead.description == "Count the spoons\nand the forks"
    assert bead.assigned_to
    await rows.agent(db, name="Bea")
    answer = await asked(cook, "QA engineer: Taste the soup")
    async with db.read() as tx:
        bead = await tx.get_one(Bead, answer["bead_id"])
    assert (bead.assigned_to or "", "role:qa-engineer" in bead.tags) == ("", True)


async def test_unknown_names_get_suggestions_and_start_nothing(
    cook: AsyncClient, client: AsyncClient, db: Database
) -> None:
    answer = await asked(cook, "Adda: Count the spoons")
    assert (answer["bead_id"], answer["suggestions"]) == ("", ["Ada: Count the spoons"])
    assert "Mole" not in (await asked(cook, "Mole: Dig"))["response"].replace("called Mole", "")
    await rows.agent(db, "cellar", name="Ada")
    answer = await asked(client, "Ada: Count the spoons")
    assert answer["suggestions"] == ["Ada@cellar: Count the spoons", "Ada@kitchen: Count the spoons"]
    assert (await asked(client, answer["suggestions"][0]))["bead_id"].startswith("bd-")
    assert (await asked(client, "Ada: Count the spoons", project_id="kitchen"))["bead_id"]
    assert not (await asked(cook, "Ada@cellar: Count the spoons"))["bead_id"]


async def test_it_takes_the_permission_to_file_beads(app: FastAPI, db: Database) -> None:
    async with people.signed_in(app, "user", "reader", sees=["kitchen"]) as http:
        with pytest.MonkeyPatch.context() as patched:
            patched.setitem(permissions.PERMISSIONS, permissions.Role.USER, frozenset({"repl:use", "beads:read"}))
            answer = await http.post("/api/v1/repl", json={"message": "Ada: Count the spoons"})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


def test_what_is_no_task_is_a_question() -> None:
    for text in (
        "What about this: is it done?",
        "Note: it is late",
        "https://example.org",
        "Ada:",
        "12: 30",
        "a b c d e: f",
    ):
        assert task_of(text) is None, text
    task = task_of("Web Designer@shop: make it blue")
    assert task
    assert (task.name, task.project_id, task.task) == ("Web Designer", "shop", "make it blue")
