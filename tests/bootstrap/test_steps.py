"""The steps on real repositories: done once however often they are taken, and told in words when they cannot be."""

import asyncio
import json
from pathlib import Path

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.bootstrap import prd, progress, service, shown
from loom_app.bootstrap.models import BootstrapStatus, StepName, StepStatus
from loom_app.bootstrap.progress import DONE, OVER, Outcome
from loom_app.bootstrap.schemas import BootstrapDraft, BootstrapView
from loom_app.bootstrap.work import Done, Work
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync
from loom_app.projects.schemas import ProjectChange
from tests.support import git_repository as repo
from tests.support.sshd import SshServer

TEXT = "# Potluck\n\nDinner with friends.\n\n- Guests sign up\n- A list for shopping\n"
FILES = {".beads/issues.jsonl", prd.PLACE, "settings.json"}


def empty(folder: Path) -> Path:
    """A bare repository without a commit."""
    folder.mkdir(parents=True)
    repo.git(folder, "init", "-q", "--bare", "-b", "main")
    return folder


def tracked(folder: Path) -> set[str]:
    return set(repo.git(folder, "ls-tree", "-r", "--name-only", "main").split())


class Starter:
    """Begins one project and takes its steps as the worker does."""

    def __init__(self, db: Database, settings: Settings, vault: Vault) -> None:
        self.db, self.settings, self.vault = db, settings, vault
        self.id, self.attempt = "", 1

    async def begin(self, address: Path | str = "", branch: str = "main", text: str = TEXT) -> "Starter":
        draft = BootstrapDraft(name="Potluck", github_url=str(address), branch=branch, prd_text=text)
        async with self.db.write() as tx:
            made = await service.begin(tx, draft, settings=self.settings, vault=self.vault, actor=SYSTEM)
            self.id = made.project_id
        return self

    async def take(self, step: StepName) -> Outcome:
        return await progress.take(self.db, self.settings, self.id, self.attempt, step, lambda: None)

    async def take_all(self) -> BootstrapView:
        for step in StepName:
            if await self.take(step) != DONE:
                break
        return await self.view()

    async def retry(self) -> BootstrapView:
        async with self.db.write() as tx:
            self.attempt = (await service.retry(tx, self.id, actor=SYSTEM)).attempt
        return await self.take_all()

    async def view(self) -> BootstrapView:
        async with self.db.read() as tx:
            return await shown.view(tx, self.id)


@pytest.fixture
def starter(db: Database, settings: Settings, vault: Vault) -> Starter:
    return Starter(db, settings, vault)


async def test_an_empty_repository_gets_files_key_bead_and_team(starter: Starter, tmp_path: Path) -> None:
    bare = empty(tmp_path / "bare.git")
    await starter.begin(f"file://{bare}")
    seen = await starter.take_all()
    assert (seen.status, seen.error) == ("ready", "No provider works at present, so the agents wait.")
    assert {step.status for step in seen.steps} == {"done"}
    assert tracked(bare) == FILES
    assert repo.shown(bare, prd.PLACE) == TEXT
    assert json.loads(repo.shown(bare, "settings.json"))["project"]["id"] == seen.project_id
    assert repo.subjects(bare) == ["Begin", "Begin Potluck from its PRD"]
    async with starter.db.read() as tx:
        bead = await tx.get_one(Bead, seen.initial_bead_id)
        roles = (await tx.execute(select(col(Agent.role)))).scalars().all()
        project = await projects.get(tx, seen.project_id)
    assert (bead.title, bead.priority, bead.assigned_to) == (prd.TITLE, 0, "product-manager")
    assert bead.id.startswith("potluck-")
    assert "A list for shopping" in bead.description
    assert {"ceo", "product-manager", "engineering-manager", "qa-engineer"} <= set(roles)
    assert len(roles) == len(set(roles))
    assert project.beads_sync == BeadsSync.PUSH


async def test_without_an_address_loom_makes_the_repository(starter: Starter) -> None:
    seen = await (await starter.begin()).take_all()
    assert seen.status == "ready"
    assert "only copy" in seen.git_setup_instructions
    async with starter.db.read() as tx:
        work_dir = Path((await projects.get(tx, seen.project_id)).work_dir)
    assert tracked(work_dir) == FILES


@pytest.mark.parametrize("killed", list(StepName))
async def test_a_step_that_was_killed_before_it_was_written_down_is_taken_again_and_leaves_nothing_twice(
    starter: Starter, tmp_path: Path, killed: StepName, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = empty(tmp_path / "bare.git")
    await starter.begin(bare)
    for step in StepName:
        if step == killed:
            with monkeypatch.context() as broken:
                broken.setattr(progress._Mark, "_written", _killed)
                with pytest.raises(ConnectionAbortedError):
                    await starter.take(step)
            assert (await starter.view()).steps[list(StepName).index(step)].status == "running"
        assert await starter.take(step) == DONE
        assert await starter.take(step) == (DONE if step != StepName.TEAM else OVER)
    assert (await starter.view()).status == "ready"
    assert repo.subjects(bare) == ["Begin", "Begin Potluck from its PRD"]
    async with starter.db.read() as tx:
        assert len((await tx.execute(select(col(Bead.id)))).all()) == 1
        roles = (await tx.execute(select(col(Agent.role)))).scalars().all()
    assert len(roles) == len(set(roles))


async def _killed(*_: object, **__: object) -> int:
    raise ConnectionAbortedError


async def test_a_repository_that_is_gone_is_told_and_found_when_it_is_there(starter: Starter, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    seen = await (await starter.begin(bare)).take_all()
    step = seen.steps[1]
    assert (seen.status, step.step, step.status) == ("failed", "repository", "failed")
    assert str(bare) in seen.error
    assert "git_repo" in step.mend
    assert {later.status for later in seen.steps[2:]} == {"pending"}
    empty(bare)
    assert (await starter.retry()).status == "ready"


async def test_an_address_that_was_wrong_is_mended_and_gone_on_with(starter: Starter, tmp_path: Path) -> None:
    assert (await (await starter.begin(tmp_path / "typo.git")).take_all()).status == "failed"
    bare = empty(tmp_path / "right.git")
    async with starter.db.write() as tx:
        await projects.update(tx, starter.id, ProjectChange(git_repo=str(bare)), actor=SYSTEM)
    assert (await starter.retry()).status == "ready"
    assert tracked(bare) == FILES


async def test_a_branch_that_is_not_there_is_told_and_found_when_it_was_pushed(
    starter: Starter, tmp_path: Path
) -> None:
    theirs = repo.made(tmp_path / "theirs", {"README.md": "# Dinner\n"})
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    await starter.begin(tmp_path / "bare.git", branch="plan")
    seen = await starter.take_all()
    assert (seen.status, seen.steps[1].status) == ("failed", "failed")
    assert "no branch 'plan'" in seen.error
    assert "Push that branch" in seen.steps[1].mend
    assert (await starter.retry()).status == "failed"
    repo.git(theirs, "push", "-q", str(tmp_path / "bare.git"), "main:plan")
    assert (await starter.retry()).status == "ready"
    assert "README.md" in repo.git(tmp_path / "bare.git", "ls-tree", "--name-only", "plan").split()


async def test_what_the_repository_has_already_stays(starter: Starter, tmp_path: Path) -> None:
    line = '{"id": "dinner-1", "title": "Invite", "status": "open", "priority": 2, "issue_type": "task"}\n'
    repo.made(
        tmp_path / "theirs", {"settings.json": '{"oven": 200}\n', ".beads/issues.jsonl": line, ".gitignore": "plans/\n"}
    )
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    seen = await (await starter.begin(tmp_path / "bare.git")).take_all()
    assert seen.status == "ready"
    bare = tmp_path / "bare.git"
    assert repo.shown(bare, "settings.json") == '{"oven": 200}\n'
    assert repo.shown(bare, ".beads/issues.jsonl") == line
    assert repo.shown(bare, prd.PLACE) == TEXT
    assert seen.initial_bead_id.startswith("dinner-")


async def test_a_link_out_of_the_repository_is_not_written_through(starter: Starter, tmp_path: Path) -> None:
    theirs = repo.made(tmp_path / "theirs", {"a.txt": "a\n"})
    (tmp_path / "outside").mkdir()
    (theirs / "plans").symlink_to(tmp_path / "outside")
    repo.git(theirs, "add", "-A")
    repo.git(theirs, "commit", "-q", "-m", "Link")
    repo.git(tmp_path, "clone", "-q", "--bare", "theirs", "bare.git")
    seen = await (await starter.begin(tmp_path / "bare.git")).take_all()
    assert (seen.status, seen.steps[2].status) == ("failed", "failed")
    assert list((tmp_path / "outside").iterdir()) == []


async def test_a_clone_over_ssh_waits_for_the_key_and_goes_on(
    starter: Starter, tmp_path: Path, sshd: SshServer
) -> None:
    bare = empty(tmp_path / "bare.git")
    seen = await (await starter.begin(sshd.address(bare))).take_all()
    assert (seen.status, seen.steps[1].status) == ("waiting", "waiting")
    assert "deploy key" in seen.steps[1].mend
    assert (await starter.take(StepName.REPOSITORY)).wait_seconds > 0
    sshd.allow(seen.public_key)
    assert (await starter.retry()).status == "ready"
    assert starter.attempt == 1
    assert tracked(bare) == FILES


async def test_a_key_that_may_only_read_keeps_nothing_back_and_says_so(
    starter: Starter, tmp_path: Path, sshd: SshServer
) -> None:
    bare = empty(tmp_path / "bare.git")
    await starter.begin(sshd.address(bare))
    sshd.allow((await starter.view()).public_key, read_only=True)
    seen = await starter.take_all()
    assert seen.status == "ready"
    assert "may be read but not written" in seen.steps[4].error
    assert "write access" in seen.steps[4].mend
    assert repo.git(bare, "for-each-ref") == ""


async def test_a_host_that_is_away_is_waited_for(starter: Starter) -> None:
    seen = await (await starter.begin("ssh://git@127.0.0.1:9/cook/potluck.git")).take_all()
    assert (seen.status, seen.steps[1].status) == ("waiting", "waiting")
    assert "Loom tries again" in seen.steps[1].mend


async def test_a_step_of_an_earlier_attempt_or_of_a_cancelled_one_does_nothing(starter: Starter) -> None:
    await starter.begin()
    async with starter.db.write() as tx:
        await service.cancel(tx, starter.id, actor=SYSTEM)
    assert await starter.take(StepName.KEY) == OVER
    async with starter.db.write() as tx:
        await service.retry(tx, starter.id, actor=SYSTEM)
    assert await starter.take(StepName.KEY) == OVER
    starter.attempt = 2
    assert await starter.take(StepName.KEY) == DONE


async def test_work_that_is_called_off_ends_at_once(
    starter: Starter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless(_: Work) -> Done:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Done("")

    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(progress, "STEPS", {StepName.KEY: endless})
    await starter.begin(tmp_path)
    taking = asyncio.create_task(starter.take(StepName.KEY))
    await begun.wait()
    async with starter.db.write() as tx:
        await service.cancel(tx, starter.id, actor=SYSTEM)
    assert await taking == OVER
    assert ended.is_set()
    seen = await starter.view()
    assert (seen.status, seen.steps[0].status) == (BootstrapStatus.CANCELLED, StepStatus.PENDING)


async def test_our_own_fault_is_told_and_can_be_repeated(starter: Starter) -> None:
    await starter.begin()
    await progress.fail(starter.db, starter.id, 1, StepName.KEY, "the disk is full")
    seen = await starter.view()
    assert (seen.status, seen.error) == ("failed", "Loom itself failed: the disk is full")
    assert (await starter.retry()).status == "ready"


async def test_every_change_of_a_step_is_one_event(starter: Starter, client: AsyncClient) -> None:
    await (await starter.begin()).take_all()
    told = (await client.get("/api/v1/events", params={"project_id": starter.id, "limit": 200})).json()["events"]
    changes = [
        (event["data"]["step"], event["data"]["step_status"])
        for event in reversed(told)
        if event["type"] == "bootstrap.step_changed"
    ]
    assert changes == [(step, status) for step in StepName for status in ("running", "done")]
    assert [event["type"] for event in told if event["type"] == "bootstrap.finished"] == ["bootstrap.finished"]


def test_a_prd_too_long_for_a_bead_is_cut_at_a_line_and_the_file_is_named() -> None:
    text = "".join(f"- Point {number}\n" for number in range(5_000))
    told = prd.description("Potluck", prd.cleaned(text))
    assert len(told) < 15_000
    assert told.endswith(f"\n{prd.ENDS}")
    assert "only its beginning" in told.lower()
    assert all(line.startswith("- Point ") for line in told.split(prd.BEGINS)[1].split(prd.ENDS)[0].split("\n") if line)


def test_line_ends_and_control_characters_are_those_of_this_house() -> None:
    assert prd.cleaned("\ufeffa\r\nb\rc\x1b[0m\x0c\td\x7f\n\n") == "a\nb\nc[0m\td\n"
