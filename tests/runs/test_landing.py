"""How work lands: tested first, one at a time, in order; what fails goes back to the agent and leaves no trace."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Settings
from loom_app.events.models import Event
from loom_app.git.checkout import Checkout
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unavailable
from loom_app.projects.models import Project
from loom_app.readiness.service import look
from loom_app.runs import proving, repository
from loom_app.runs.acting import act
from loom_app.runs.delivering import deliver_late, due
from loom_app.runs.models import RunStatus
from loom_app.runs.opening import open_run
from loom_app.sandbox import commands
from loom_app.sandbox.outcome import CommandOutcome
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


RED = """
code=0
for name in leek salt stew; do
  if test ! -e $name.test; then continue; fi
  if grep -q good $name.test; then echo "test $name ... ok"; else echo "test $name ... FAILED"; code=1; fi
done
exit $code
"""


async def test_a_branch_that_is_red_already_takes_work_that_makes_it_no_worse(stage: Stage) -> None:
    """And nothing that breaks another test, or takes one away that fails, whatever the numbers say."""
    for name, verdict in (("leek", "bad"), ("salt", "bad"), ("stew", "good")):
        (stage.origin / f"{name}.test").write_text(verdict)
    git(stage.origin, "add", "-A")
    git(stage.origin, "commit", "-q", "-m", "Tests")
    await set_tests(stage, RED)
    stage = await _another(stage, 0)
    await stage.reply(write("leek.test", "good\n"), write("stew.test", "bad\n"), DONE)
    assert await go_on(stage) == 2
    assert "These did not fail before: stew" in await told(stage)
    await stage.reply({"type": "delete_file", "path": "leek.test"}, write("stew.test", "good\n"), DONE)
    assert await go_on(stage) == 3
    assert "not run any more: leek" in await told(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Tests"]
    await stage.reply(write("leek.test", "good\n"), DONE)
    assert await go_on(stage) is None
    assert subjects(stage.origin) == ["The recipe so far", "Tests", "Bread 0"]
    assert not list((stage.settings.data_dir / "worktrees").glob("*-before"))
    assert await events_of(stage, "project.branch_red") == ["leek, salt."]
    other = await _another(stage, 1)
    await other.reply(write("salt.test", "good\n"), DONE)
    assert await go_on(other) is None
    assert len(await events_of(stage, "project.branch_green")) == 1
    async with stage.db.read() as tx:
        assert (await tx.get_one(Project, "kitchen")).branch_red == ""


async def test_where_tests_that_fail_have_no_names_all_must_pass(stage: Stage) -> None:
    """Only a number is told, which a test that is taken away makes smaller, too."""
    await set_tests(stage, 'n=$(cat failing.txt 2>/dev/null || echo 3); echo "$((5 - n)) passed, $n failed"; exit $n')
    await stage.reply(write("failing.txt", "2\n"), DONE)
    assert await go_on(stage) == 2
    assert "do not say by name which" in await told(stage)
    await stage.reply(write("failing.txt", "0\n"), DONE)
    assert await go_on(stage) is None


async def events_of(stage: Stage, type_: str) -> list[str]:
    """What the events of a type say, in order."""
    async with stage.db.read() as tx:
        rows = (await tx.execute(select(Event).where(col(Event.type) == type_).order_by(col(Event.seq)))).scalars()
        return [str(row.data["message"]) for row in rows]


async def test_tests_that_the_machine_breaks_off_are_run_again_and_blamed_on_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_tests(stage, "test -e flour.txt")
    run, cut_off = commands.run, 2

    async def crowded(*given: Any, **more: Any) -> CommandOutcome:
        nonlocal cut_off
        cut_off -= 1
        outcome = await run(*given, **more)
        if cut_off == 1:
            raise Unavailable("No process could be started.", code="sandbox_failed")
        return replace(outcome, exit_code=None, signal=signal.SIGKILL) if cut_off >= 0 else outcome

    monkeypatch.setattr(proving, "REST_SECONDS", 0.0)
    monkeypatch.setattr(commands, "run", crowded)
    await stage.reply(write("flour.txt", "450 g\n"), DONE)
    assert await go_on(stage) is None
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    other = await _another(stage, 1)

    async def never(*_: Any, **__: Any) -> CommandOutcome:
        return replace(await run(["true"], root=other.folder), ended="machine")

    monkeypatch.setattr(commands, "run", never)
    await other.reply(write("salt.txt", "10 g\n"), DONE)
    assert await go_on(other) == 2
    assert "broken off 3 times" in await told(other)
    assert subjects(stage.origin)[-1] == "Less flour"


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


async def test_who_pushes_at_the_last_moment_has_the_tests_run_again(stage: Stage) -> None:
    """Their work and ours pass alone and fail together: ours goes back, and neither branch has it."""
    await set_tests(stage, "! test -e salt.txt || grep -q 420 flour.txt")
    offer, pushes = Checkout.offer, 0

    async def late(checkout: Checkout, branch: str) -> str:
        nonlocal pushes
        pushes += 1
        if pushes == 1:
            (stage.origin / "salt.txt").write_text("10 g\n")
            git(stage.origin, "add", "-A")
            git(stage.origin, "commit", "-q", "-m", "Salt")
        return await offer(checkout, branch)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkout, "offer", late)
        await stage.reply(write("flour.txt", "450 g\n"), DONE)
        assert await go_on(stage) == 2
        assert "do not pass" in await told(stage)
        copy = stage.settings.data_dir / "projects" / "kitchen" / "repo"
        assert subjects(stage.origin) == subjects(copy) == ["The recipe so far", "Salt"]
        await stage.reply(write("flour.txt", "420 g\n"), DONE)
        assert await go_on(stage) is None
    assert subjects(stage.origin) == ["The recipe so far", "Salt", "Less flour"]


async def test_what_waits_to_be_delivered_is_tested_on_top_of_what_others_pushed_meanwhile(stage: Stage) -> None:
    """It passed without theirs; with theirs it fails, so it waits until that is mended, and goes with the mending."""
    await set_tests(stage, "! test -e salt.txt || grep -q 420 flour.txt")
    away = stage.origin.rename(stage.origin.with_name("away"))
    await stage.reply(write("flour.txt", "450 g\n"), DONE)
    assert await go_on(stage) is None
    assert (await stage.bead()).status == BeadStatus.DONE
    away.rename(stage.origin)
    (stage.origin / "salt.txt").write_text("10 g\n")
    git(stage.origin, "add", "-A")
    git(stage.origin, "commit", "-q", "-m", "Salt")
    await look(stage.db, stage.settings, "kitchen")
    assert "tested first and delivered then" in await problem(stage)
    await deliver_late(stage.db, stage.settings, "kitchen")
    assert subjects(stage.origin) == ["The recipe so far", "Salt"]
    assert "fails the tests on top of what others pushed" in await problem(stage)
    await look(stage.db, stage.settings, "kitchen")
    assert "File a bead" in await problem(stage), "said until it is mended"
    other = await _another(stage, 1)
    await other.reply(write("flour.txt", "420 g\n"), DONE)
    assert await go_on(other) is None
    assert subjects(stage.origin) == ["The recipe so far", "Salt", "Less flour", "Bread 1"]


async def test_what_waited_and_passes_is_delivered_on_its_own(stage: Stage) -> None:
    await set_tests(stage, "test -e flour.txt")
    away = stage.origin.rename(stage.origin.with_name("away"))
    await stage.reply(write("flour.txt", "450 g\n"), DONE)
    assert await go_on(stage) is None
    away.rename(stage.origin)
    (stage.origin / "salt.txt").write_text("10 g\n")
    git(stage.origin, "add", "-A")
    git(stage.origin, "commit", "-q", "-m", "Salt")
    await look(stage.db, stage.settings, "kitchen")
    async with stage.db.read() as tx:
        assert await due(tx) == [("delivery", "kitchen")]
    await deliver_late(stage.db, stage.settings, "kitchen")
    assert subjects(stage.origin) == ["The recipe so far", "Salt", "Less flour"]
    assert await problem(stage) == ""


async def problem(stage: Stage) -> str:
    """What the project says is amiss with its repository."""
    async with stage.db.read() as tx:
        return (await tx.get_one(Project, "kitchen")).problem


async def test_a_branch_that_never_rests_ends_in_a_sentence(stage: Stage) -> None:
    async def restless(checkout: Checkout, branch: str) -> str:
        git(stage.origin, "commit", "-q", "--allow-empty", "-m", "Stir")
        return f"{branch} was refused"

    async def moved(*_: object) -> bool:
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkout, "offer", restless)
        patch.setattr("loom_app.runs.landing._is_proved", moved)
        await stage.reply(write("flour.txt", "450 g\n"), DONE)
        assert await go_on(stage) == 2
    assert "Try again when it is quieter there" in await told(stage)
    assert "Less flour" not in subjects(stage.origin)


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
    assert not sent_back, [words.partition("### done")[2][:400] for words in sent_back]
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
