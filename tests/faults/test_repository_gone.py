"""A bead whose repository is gone: back in the queue with the reason, and done once it is there again."""

import shutil

import pytest

from tests.faults.conftest import Kitchen
from tests.support.git_repository import made, subjects
from tests.support.waiting import until
from tests.support.workshop import RECIPE, acts, done, write

pytestmark = pytest.mark.faults


def test_a_repository_that_is_gone_and_comes_back(kitchen: Kitchen) -> None:
    folder = kitchen.origin.parent / "pantry"
    desk = kitchen.desk
    desk.post("/projects", {"id": "pantry", "name": "Pantry", "git_repo": str(folder), "bead_prefix": "pan"})
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": "pantry"})
    bead_id = desk.bead("pantry", "Fill the jars")
    kitchen.model.script({"when": f"Bead: {bead_id}\\n", **acts(write("jar.txt", "full\n"), done())})

    until(lambda: "pantry" in str(desk.get(f"/beads/{bead_id}")["status_reason"]), 30)
    assert desk.get(f"/beads/{bead_id}")["status"] == "open"
    run, *_ = desk.runs(bead_id)
    assert (run["status"], run["terminal_reason"]) == ("failed", "repository_error")
    made(folder, RECIPE)
    desk.until_bead(bead_id)
    assert subjects(folder)[1:] == ["Fill the jars"]


def test_an_origin_that_is_gone_is_told_while_work_goes_on_from_the_copy(kitchen: Kitchen) -> None:
    folder = made(kitchen.origin.parent / "cellar", RECIPE)
    desk = kitchen.desk
    desk.post("/projects", {"id": "cellar", "name": "Cellar", "git_repo": str(folder), "bead_prefix": "cel"})
    desk.post("/agents", {"persona_name": "default/qa-engineer", "project_id": "cellar"})
    for title in ("Count the bottles", "Count them again"):
        bead_id = desk.bead("cellar", title)
        kitchen.model.script({"when": f"Bead: {bead_id}\\n", **acts(write(f"{bead_id}.txt", "12\n"), done())})
        bead = desk.until_bead(bead_id)
        if folder.exists():
            shutil.rmtree(folder)
    assert "could not be pushed" in bead["close_reason"] or "gone" in bead["close_reason"]
    assert str(folder) in desk.get("/projects/cellar")["problem"]
    assert desk.runs(bead_id)[-1]["commit_hash"]
