"""A project's repository looked at for real: told once, obeyed by dispatch, and what waited is delivered."""

from pathlib import Path

import pytest
from httpx import AsyncClient

from loom_app.beads.models import BeadStatus
from loom_app.config import Readiness, Settings
from loom_app.dispatch.service import dispatch
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.readiness.service import judge, look, why_held
from loom_app.runs.delivering import deliver_late
from tests.beads.making import events
from tests.support import git_repository as repo
from tests.support import rows

P = "/api/v1/projects/kitchen"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A repository with one commit, as sites keep them."""
    repo.made(tmp_path / "theirs", {"a.txt": "one\n"})
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    return tmp_path / "bare.git"


@pytest.fixture
def strict(settings: Settings) -> Settings:
    """Settings by which a project that is not in order waits."""
    return settings.model_copy(update={"readiness": Readiness(mode="block")})


async def made(client: AsyncClient, bare: Path) -> None:
    body = {"id": "kitchen", "name": "Kitchen", "git_repo": f"file://{bare}", "test_command": "true"}
    assert (await client.post("/api/v1/projects", json=body)).status_code == 201


async def stored(db: Database) -> Project:
    async with db.read() as tx:
        return await projects.get(tx, "kitchen")


async def told(db: Database) -> list[str]:
    return [data["state"] for _, _, data in await events(db, "project.readiness_changed")]


async def test_a_remote_that_goes_and_comes_is_told_once_each(
    client: AsyncClient, db: Database, settings: Settings, bare: Path
) -> None:
    await made(client, bare)
    await rows.agent(db)
    for _ in range(3):
        assert (await look(db, settings, "kitchen")).state == "ready"
    bare.rename(bare.with_name("moved"))
    for _ in range(3):
        assert (await look(db, settings, "kitchen")).codes == ["no_such_repository"]
    bare.with_name("moved").rename(bare)
    await look(db, settings, "kitchen")
    assert await told(db) == ["ready", "warn", "ready"]
    async with db.read() as tx:
        assert (await client.get("/api/v1/beads")).json() == [], "a notice, and no bead"
        assert (await judge(tx, await projects.get(tx, "kitchen"), settings)).state == "ready"


async def test_dispatch_waits_for_a_project_that_is_not_in_order(
    client: AsyncClient, db: Database, strict: Settings, bare: Path
) -> None:
    await made(client, bare)
    await rows.provider(db)
    await rows.agent(db)
    await rows.bead(db, status=BeadStatus.OPEN)
    assert "not been looked at" in (await dispatch(db, strict)).waiting
    bare.rename(bare.with_name("moved"))
    await look(db, strict, "kitchen")
    done = await dispatch(db, strict)
    assert "there is no such repository" in done.waiting
    assert done.claimed == []
    bare.with_name("moved").rename(bare)
    await look(db, strict, "kitchen")
    assert len((await dispatch(db, strict)).claimed) == 1


async def test_what_was_found_counts_for_nothing_once_the_address_has_changed(
    client: AsyncClient, db: Database, strict: Settings, bare: Path
) -> None:
    await made(client, bare)
    await look(db, strict, "kitchen")
    async with db.read() as tx:
        assert await why_held(tx, "kitchen", strict) == ""
    await client.patch(P, json={"git_repo": f"file://{bare}/../elsewhere"})
    async with db.read() as tx:
        assert "not been looked at" in await why_held(tx, "kitchen", strict)


async def test_work_that_could_not_be_delivered_is_delivered_when_the_remote_is_back(
    client: AsyncClient, db: Database, settings: Settings, bare: Path
) -> None:
    await made(client, bare)
    checkout = checkout_of(db, await stored(db))
    await checkout.ensure()
    repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Work")
    bare.rename(bare.with_name("moved"))
    problem = await checkout.deliver()
    async with db.write() as tx:
        await projects.note_repository(tx, "kitchen", head=await checkout.head(), problem=problem)
    assert "no_such_repository" in (await look(db, settings, "kitchen")).codes
    bare.with_name("moved").rename(bare)
    assert "repository_problem" not in (await look(db, settings, "kitchen")).codes
    assert repo.subjects(bare)[-1] == "Work"
    assert (await stored(db)).problem == ""


async def test_readiness_over_rest(client: AsyncClient, bare: Path) -> None:
    await made(client, bare)
    first = (await client.get(f"{P}/readiness")).json()
    assert (first["checked_at"], [reason["code"] for reason in first["reasons"]]) == (None, ["no_agents"])
    looked = (await client.post(f"{P}/readiness")).json()
    assert looked["checked_at"]
    assert (await client.get(f"{P}/readiness")).json() == looked
    await client.patch(P, json={"git_repo": "git@a.example:cook/recipes.git", "test_command": ""})
    changed = (await client.get(f"{P}/readiness")).json()
    assert [reason["code"] for reason in changed["reasons"]] == ["no_key", "no_agents", "no_test_command"]


async def test_a_commit_that_was_never_pushed_since_the_worker_died_is_tested_and_delivered(
    client: AsyncClient, db: Database, settings: Settings, bare: Path
) -> None:
    await made(client, bare)
    checkout = checkout_of(db, await stored(db))
    await checkout.ensure()
    repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Beads: changed b-1")
    await look(db, settings, "kitchen")
    assert repo.subjects(bare) == ["The recipe so far"], "what is no run's work waits for the next delivery"
    repo.git(checkout.folder, "commit", "-q", "--allow-empty", "-m", "Work\n\nRun: run-1")
    await look(db, settings, "kitchen")
    assert "not tested as it stands now" in (await stored(db)).problem
    assert repo.subjects(bare) == ["The recipe so far"]
    await deliver_late(db, settings, "kitchen")
    assert repo.subjects(bare)[-2:] == ["Beads: changed b-1", "Work"]
    assert (await stored(db)).problem == ""
