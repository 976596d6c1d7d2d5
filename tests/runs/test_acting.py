"""Actions are carried out once, whatever is cut off in between."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.events.models import Event
from loom_app.kernel.clock import ahead
from loom_app.kernel.database import Database
from loom_app.runs import board, lease, repository
from loom_app.runs.acting import act
from loom_app.runs.lease import LeaseLost
from loom_app.runs.models import ActionStatus, RunAction, RunStatus, TerminalReason
from loom_app.runs.opening import open_run
from loom_app.runs.service import end_run
from tests.runs.stage import Stage, begin_run, set_up
from tests.support.git_repository import git, subjects

WRITE = {"type": "write_file", "path": "flour.txt", "content": "450 g\n"}
APPEND = {"type": "run_command", "command": "echo x >> log.txt"}
FILE = {"type": "create_bead", "bead": {"title": "Buy yeast"}}
COMMIT = {"type": "git_commit", "commit_message": "Weigh less"}
LOG = {"type": "git_log", "max_count": 2}
DONE = {"type": "done", "reason": "Weighed."}


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    """A run in its worktree."""
    return await set_up(db, settings, tmp_path)


async def test_a_turn_that_is_carried_out_again_does_nothing_again(stage: Stage) -> None:
    number = await stage.reply(WRITE, APPEND, FILE)
    assert await act(stage.db, stage.settings, stage.run_id, number) == number + 1
    assert await act(stage.db, stage.settings, stage.run_id, number) == number + 1
    assert (stage.folder / "log.txt").read_text() == "x\n"
    assert await _count(stage.db, "Buy yeast") == 1


async def test_a_command_that_was_cut_off_is_not_run_again_and_the_model_is_told(stage: Stage) -> None:
    number = await stage.reply(APPEND, WRITE)
    await _cut_off(stage, number, 0, "run_command", {"command": APPEND["command"]})
    await _pending(stage, number, 1, WRITE)
    await act(stage.db, stage.settings, stage.run_id, number)
    command, write = await stage.actions()
    assert command.status == ActionStatus.INTERRUPTED
    assert not (stage.folder / "log.txt").exists()
    assert write.status == ActionStatus.EXECUTED
    async with stage.db.read() as tx:
        told = (await repository.turns(tx, stage.run_id))[-1].prompt
    assert "interrupted" in told.lower()


async def test_a_revert_whose_record_was_lost_is_not_made_twice(stage: Stage) -> None:
    number = await stage.reply(WRITE, COMMIT)
    number = await act(stage.db, stage.settings, stage.run_id, number) or 0
    await stage.reply({"type": "git_revert", "commit_sha": git(stage.folder, "rev-parse", "HEAD").strip()}, LOG)
    await act(stage.db, stage.settings, stage.run_id, number)
    await _forget_result(stage, number, 0)
    await _forget_later_turns(stage, number)
    await act(stage.db, stage.settings, stage.run_id, number)
    assert (stage.folder / "flour.txt").read_text() != "450 g\n"
    made = git(stage.folder, "log", "--format=%s", "main..HEAD").splitlines()
    assert made == ['Revert "Weigh less"', "Weigh less"]
    *_, revert, log = await stage.actions()
    assert revert.status == log.status == ActionStatus.EXECUTED
    assert f"[{stage.bead_id}]" in log.result["metadata"]["output"]


async def test_writing_a_file_that_was_cut_off_is_done_again(stage: Stage) -> None:
    number = await stage.reply(WRITE)
    await _cut_off(stage, number, 0, "write_file", {"path": "flour.txt", "content": "450 g\n"})
    await act(stage.db, stage.settings, stage.run_id, number)
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"
    assert [action.status for action in await stage.actions()] == [ActionStatus.EXECUTED]


async def test_a_commit_whose_record_was_lost_is_not_made_twice(stage: Stage) -> None:
    number = await stage.reply(WRITE, COMMIT)
    await act(stage.db, stage.settings, stage.run_id, number)
    await _forget_result(stage, number, 1)
    await _forget_later_turns(stage, number)
    await act(stage.db, stage.settings, stage.run_id, number)
    assert git(stage.folder, "log", "--format=%s", "main..HEAD").splitlines() == ["Weigh less"]
    assert [action.status for action in await stage.actions()] == [ActionStatus.EXECUTED] * 2


async def test_a_landing_whose_record_was_lost_is_not_made_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("killed")

    number = await stage.reply(WRITE, DONE)
    with monkeypatch.context() as patch:
        patch.setattr(board, "end", crash)
        with pytest.raises(RuntimeError, match="killed"):
            await act(stage.db, stage.settings, stage.run_id, number)
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    assert (await stage.run()).status == RunStatus.RUNNING
    assert await act(stage.db, stage.settings, stage.run_id, number) is None
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    run = await stage.run()
    assert (run.status, run.terminal_reason) == (RunStatus.FINISHED, TerminalReason.COMPLETED)
    assert run.commit_hash == git(stage.origin, "rev-parse", "main").strip()
    assert (await stage.bead()).status == BeadStatus.DONE


async def test_the_log_names_the_agent_who_finished(stage: Stage) -> None:
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(WRITE, DONE))
    async with stage.db.read() as tx:
        agent = await tx.get_one(Agent, (await stage.run()).agent_id)
        told = await tx.execute(select(col(Event.actor_name)).where(col(Event.type) == "bead.completed"))
        assert told.scalars().all() == [agent.name]


async def test_nothing_comes_after_what_ended_the_run(stage: Stage) -> None:
    number = await stage.reply(DONE, WRITE)
    assert await act(stage.db, stage.settings, stage.run_id, number) is None
    assert subjects(stage.origin) == ["The recipe so far"]


async def test_work_is_not_called_done_on_top_of_a_failure(stage: Stage) -> None:
    number = await stage.reply({"type": "run_command", "command": "false"}, DONE)
    assert await act(stage.db, stage.settings, stage.run_id, number) == number + 1
    assert [action.status for action in await stage.actions()] == [ActionStatus.EXECUTED, ActionStatus.SKIPPED]
    assert (await stage.bead()).status == BeadStatus.IN_PROGRESS


async def test_a_run_that_has_lost_its_bead_writes_nothing(stage: Stage) -> None:
    number = await stage.reply(WRITE, DONE)
    run = await stage.run()
    async with stage.db.write() as tx:
        await lease.release(tx, stage.bead_id, run.token)
        await lease.take(tx, stage.bead_id, holder="agent-other", seconds=60)
    with pytest.raises(LeaseLost):
        await act(stage.db, stage.settings, stage.run_id, number)
    assert await stage.actions() == []
    assert subjects(stage.origin) == ["The recipe so far"]


async def test_a_run_files_ten_beads_and_no_more(stage: Stage) -> None:
    many: list[dict[str, Any]] = [{"type": "create_bead", "bead": {"title": f"Loaf {n}"}} for n in range(12)]
    number = await stage.reply(*many)
    await act(stage.db, stage.settings, stage.run_id, number)
    statuses = [action.status for action in await stage.actions()]
    assert statuses == [ActionStatus.EXECUTED] * 10 + [ActionStatus.ERROR] * 2


async def test_what_an_earlier_attempt_at_the_bead_has_filed_is_not_filed_again(stage: Stage) -> None:
    """Planning that failed halfway and begins anew goes on from what there is."""
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(FILE))
    await end_run(stage.db, stage.settings, stage.run_id, TerminalReason.PROVIDER_ERROR, "It went away.")
    async with stage.db.write() as tx:
        (await tx.get_one(Bead, stage.bead_id)).not_before = None
    stage.run_id = await begin_run(stage)
    await open_run(stage.db, stage.settings, stage.run_id)
    more = {"type": "create_bead", "bead": {"title": "Buy salt"}}
    await act(stage.db, stage.settings, stage.run_id, await stage.reply(FILE, more))
    assert await _count(stage.db, "Buy yeast") == await _count(stage.db, "Buy salt") == 1
    again, new = await stage.actions()
    assert "filed before" in again.message
    assert (new.message, new.result["metadata"]["title"]) == ("bead created", "Buy salt")


async def test_a_bead_somebody_works_on_is_not_closed_by_another_run(stage: Stage) -> None:
    other = "kitchen-busy"
    async with stage.db.write() as tx:
        tx.add(Bead(id=other, project_id="kitchen", title="Busy", status=BeadStatus.IN_PROGRESS, not_before=ahead(1)))
    number = await stage.reply({"type": "close_bead", "bead_id": other, "reason": "mine now"})
    await act(stage.db, stage.settings, stage.run_id, number)
    (action,) = await stage.actions()
    assert action.status == ActionStatus.ERROR


async def _count(db: Database, title: str) -> int:
    async with db.read() as tx:
        query = select(func.count()).select_from(Bead).where(Bead.title == title)  # type: ignore[arg-type]
        return int((await tx.execute(query)).scalar_one())


async def _cut_off(stage: Stage, turn: int, position: int, type_: str, parameters: dict[str, Any]) -> None:
    """An action that was begun by a process that is no more."""
    async with stage.db.write() as tx:
        tx.add(
            RunAction(
                run_id=stage.run_id, turn=turn, position=position, type=type_, parameters=parameters,
                status=ActionStatus.STARTED,
            )
        )  # fmt: skip


async def _pending(stage: Stage, turn: int, position: int, action: dict[str, Any]) -> None:
    parameters = {key: value for key, value in action.items() if key != "type"}
    async with stage.db.write() as tx:
        tx.add(RunAction(run_id=stage.run_id, turn=turn, position=position, type=action["type"], parameters=parameters))


async def _forget_result(stage: Stage, turn: int, position: int) -> None:
    async with stage.db.write() as tx:
        row = await tx.get(RunAction, (stage.run_id, turn, position))
        assert row is not None
        row.status, row.result, row.message = ActionStatus.STARTED, {}, ""


async def _forget_later_turns(stage: Stage, number: int) -> None:
    async with stage.db.write() as tx:
        for turn in await repository.turns(tx, stage.run_id):
            if turn.number > number:
                await tx.delete(turn)
