"""How work lands: tested first, one at a time, in order; what fails goes back to the agent and leaves no trace."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.runs import repository
from loom_app.runs.acting import act
from loom_app.runs.models import RunStatus
from loom_app.runs.opening import open_run
from tests.runs.stage import Stage, begin_run, set_up
from tests.support.git_repository import git, shown, subjects

DONE = {"type": "done", "reason": "Weighed."}


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    """A run in its worktree."""
    return await set_up(db, settings, tmp_path)


def write(path: str, content: str) -> dict[str, str]:
    return {"type": "write_file", "path": path, "content": content}


async def set_tests(stage: Stage, command: str) -> None:
    async with stage.db.write() as tx:
        (await tx.get_one(Project, "kitchen")).test_command = command


async def go_on(stage: Stage) -> int | None:
    async with stage.db.read() as tx:
        newest = (await repository.turns(tx, stage.run_id))[-1].number
    return await act(stage.db, stage.settings, stage.run_id, newest)


async def told(stage: Stage) -> str:
    async with stage.db.read() as tx:
        return (await repository.turns(tx, stage.run_id))[-1].prompt


async def test_red_tests_go_back_to_the_agent_and_the_branch_stays_where_it_was(stage: Stage) -> None:
    await set_tests(stage, "touch residue; cat flour.txt; grep -q 450 flour.txt || { echo 'too heavy' >&2; exit 3; }")
    await stage.reply(write("flour.txt", "475 g\n"), DONE)
    assert await go_on(stage) == 2
    assert "do not pass" in await told(stage)
    assert "exit code 3" in await told(stage)
    assert "too heavy" in await told(stage)
    assert subjects(stage.origin) == ["The recipe so far"]
    assert git(stage.settings.data_dir / "projects" / "kitchen" / "repo", "rev-parse", "main") == git(
        stage.origin, "rev-parse", "main"
    )
    assert (await stage.bead()).status == BeadStatus.IN_PROGRESS
    await stage.reply(write("flour.txt", "450 g\n"), DONE)
    assert await go_on(stage) is None
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    assert git(stage.origin, "ls-tree", "--name-only", "main").split() == ["README.md", "flour.txt"]
    assert (await stage.bead()).status == BeadStatus.DONE


async def test_a_branch_that_is_red_already_takes_work_that_makes_it_no_worse(stage: Stage) -> None:
    """The number in the file is how many tests of five fail."""
    count = 'n=$(cat failing.txt 2>/dev/null || echo 3); echo "$((5 - n)) passed, $n failed in 0.1s"; exit $n'
    await set_tests(stage, count)
    await stage.reply(write("failing.txt", "4\n"), DONE)
    assert await go_on(stage) == 2
    assert "4 failed" in await told(stage)
    assert subjects(stage.origin) == ["The recipe so far"]
    await stage.reply(write("failing.txt", "2\n"), DONE)
    assert await go_on(stage) is None
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    assert not list((stage.settings.data_dir / "worktrees").glob("*-before"))


async def test_the_tests_see_what_landed_meanwhile(stage: Stage) -> None:
    await set_tests(stage, "! test -e salt.txt || grep -q 2 flour.txt")
    (stage.origin / "salt.txt").write_text("10 g\n")
    git(stage.origin, "add", "-A")
    git(stage.origin, "commit", "-q", "-m", "Salt")
    await stage.reply(write("flour.txt", "450 g\n"), DONE)
    assert await go_on(stage) == 2
    assert subjects(stage.origin) == ["The recipe so far", "Salt"]
    await stage.reply(write("flour.txt", "420 g\n"), DONE)
    assert await go_on(stage) is None
    assert subjects(stage.origin) == ["The recipe so far", "Salt", "Less flour"]


async def test_a_branch_that_moves_during_the_tests_has_them_run_again(stage: Stage) -> None:
    await set_tests(stage, "true")
    proved = 0

    async def push(*_: object) -> None:
        nonlocal proved
        proved += 1
        if proved == 1:
            (stage.origin / "salt.txt").write_text("10 g\n")
            git(stage.origin, "add", "-A")
            git(stage.origin, "commit", "-q", "-m", "Salt")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loom_app.runs.landing.prove", push)
        await stage.reply(write("flour.txt", "450 g\n"), DONE)
        assert await go_on(stage) is None
    assert proved == 2
    assert subjects(stage.origin) == ["The recipe so far", "Salt", "Less flour"]


async def test_twenty_at_once_all_land_one_after_the_other(stage: Stage) -> None:
    """Twenty worktrees take their seconds; it is the number that is promised."""
    await set_tests(stage, "test -e first.txt")
    (stage.origin / "first.txt").write_text("first\n")
    git(stage.origin, "add", "-A")
    git(stage.origin, "commit", "-q", "-m", "First")
    stages = [await _another(stage, number) for number in range(20)]
    for number, one in enumerate(stages):
        await one.reply(write(f"{number}.txt", f"{number}\n"), DONE)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(go_on(one)) for one in stages]
    sent_back = [await told(one) for one, task in zip(stages, asked, strict=True) if task.result()]
    assert not sent_back, sent_back
    assert {(await one.run()).status for one in stages} == {RunStatus.FINISHED}
    landed = subjects(stage.origin)
    assert landed[:2] == ["The recipe so far", "First"]
    assert sorted(landed[2:]) == sorted(f"Bread {number}" for number in range(20))
    assert all(shown(stage.origin, f"{number}.txt") == f"{number}\n" for number in range(20))
    assert git(stage.origin, "rev-list", "--min-parents=2", "main") == ""


async def _another(stage: Stage, number: int) -> Stage:
    async with stage.db.write() as tx:
        wanted = BeadCreate(title=f"Bread {number}", project_id="kitchen")
        bead_id = (await beads.create(tx, wanted, actor=SYSTEM)).id
    other = replace(stage, bead_id=bead_id)
    other.run_id = await begin_run(other)
    await open_run(stage.db, stage.settings, other.run_id)
    return other
