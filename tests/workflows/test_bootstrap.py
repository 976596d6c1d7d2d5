"""Bootstraps under a real Temporal: to the end by themselves, over deaths of the worker, and back from a wait."""

from pathlib import Path
from typing import Any

from temporalio.client import WorkflowExecutionStatus

from loom_app.bootstrap import prd
from tests.support import git_repository as repo
from tests.support.sshd import SshServer
from tests.support.workshop import Workshop, until

TEXT = "# Potluck\n\n- Guests sign up\n"


def empty(folder: Path) -> Path:
    folder.mkdir()
    repo.git(folder, "init", "-q", "--bare", "-b", "main")
    return folder


async def begin(workshop: Workshop, address: str, wait: float = 0) -> dict[str, Any]:
    wanted = {"name": "Potluck", "github_url": address, "branch": "main", "prd_text": TEXT}
    answer = await workshop.http.post(f"/api/v1/projects/bootstrap?wait={wait}", json=wanted, timeout=40)
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


async def shown(workshop: Workshop) -> dict[str, Any]:
    seen: dict[str, Any] = (await workshop.http.get("/api/v1/projects/potluck/bootstrap")).json()
    return seen


async def until_it_is(workshop: Workshop, status: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        seen = await shown(workshop)
        return seen if seen["status"] == status else None

    return await until(there, what=lambda: _story(workshop))


async def _story(workshop: Workshop) -> str:
    return str(await shown(workshop))


async def test_who_waits_is_answered_when_all_is_ready(workshop: Workshop, tmp_path: Path) -> None:
    bare = empty(tmp_path / "bare.git")
    async with workshop.run_worker():
        begun = await begin(workshop, str(bare), wait=30)
        assert (begun["status"], begun["error"]) == ("ready", "")
        assert begun["initial_bead_id"].startswith("potluck-")
        handle = (await workshop.temporal()).get_workflow_handle("bootstrap-potluck-1")
        assert await handle.result() == "ready"
        await until(lambda: _has(bare, ".beads/issues.jsonl", begun["initial_bead_id"]))
    assert repo.shown(bare, prd.PLACE) == TEXT
    agents = (await workshop.http.get("/api/v1/agents", params={"project_id": "potluck"})).json()
    assert {"ceo", "product-manager", "engineering-manager"} <= {agent["role"] for agent in agents}
    chart = (await workshop.http.get("/api/v1/org-charts/potluck")).json()
    assert all(seat["agent_ids"] for seat in chart["positions"] if seat["required"])


async def test_one_asked_for_while_the_worker_was_away_is_done_when_it_is_back(workshop: Workshop) -> None:
    assert (await begin(workshop, ""))["status"] == "running"
    async with workshop.run_worker():
        await until_it_is(workshop, "ready")


async def test_a_wait_for_the_key_outlives_the_worker_and_ends_on_a_word(
    workshop: Workshop, tmp_path: Path, sshd: SshServer
) -> None:
    bare = empty(tmp_path / "bare.git")
    async with workshop.run_worker():
        begun = await begin(workshop, sshd.address(bare), wait=30)
        assert begun["status"] == "waiting"
        assert "deploy key" in (await shown(workshop))["steps"][1]["mend"]
    sshd.allow(begun["public_key"])
    async with workshop.run_worker():
        answer = await workshop.http.post("/api/v1/projects/potluck/bootstrap/retry")
        assert answer.status_code == 200, answer.text
        seen = await until_it_is(workshop, "ready")
    assert seen["attempt"] == 1
    assert repo.shown(bare, prd.PLACE) == TEXT


async def test_what_failed_is_gone_on_with_and_what_is_called_off_ends(workshop: Workshop, tmp_path: Path) -> None:
    async with workshop.run_worker():
        assert (await begin(workshop, str(tmp_path / "bare.git"), wait=30))["status"] == "failed"
        empty(tmp_path / "bare.git")
        await workshop.http.post("/api/v1/projects/potluck/bootstrap/retry")
        assert (await until_it_is(workshop, "ready"))["attempt"] == 2


async def test_a_wait_that_is_called_off_ends_its_workflow(workshop: Workshop, sshd: SshServer, tmp_path: Path) -> None:
    async with workshop.run_worker():
        begun = await begin(workshop, sshd.address(empty(tmp_path / "bare.git")), wait=30)
        assert begun["status"] == "waiting"
        assert (await workshop.http.post("/api/v1/projects/potluck/bootstrap/cancel")).status_code == 200
        handle = (await workshop.temporal()).get_workflow_handle("bootstrap-potluck-1")
        assert await handle.result() == "over"
        assert (await handle.describe()).status == WorkflowExecutionStatus.COMPLETED
        assert (await workshop.http.delete("/api/v1/projects/potluck")).status_code == 204


async def _has(bare: Path, path: str, text: str) -> bool:
    return text in repo.shown(bare, path)
