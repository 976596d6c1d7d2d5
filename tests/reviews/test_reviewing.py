"""From a change on its branch to the project's branch, or back to the agent, or back out again."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision
from loom_app.events.models import Event
from loom_app.git.runner import GitFailed
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.projects.models import GitStrategy, Project
from loom_app.providers.models import Provider
from loom_app.reviews import service, tidying, tries
from loom_app.reviews.merging import merge_approved
from loom_app.reviews.models import Revert, RevertStatus
from loom_app.reviews.queue import due, note_trouble
from loom_app.reviews.reverting import revert_landed
from loom_app.reviews.schemas import LineComment, Review, ReviewState
from loom_app.runs import repository
from loom_app.runs.acting import act
from loom_app.runs.models import Run, RunStatus, TerminalReason
from loom_app.runs.opening import open_run
from tests.runs.stage import Stage, begin_run, set_up
from tests.support.git_repository import git, shown, subjects
from workers.merges import WORK, Merges

DONE = {"type": "done", "reason": "Weighed."}
PAT = Actor("user", "user-pat", "Pat", frozenset({"beads:read", "decisions:write"}))


def write(path: str, content: str) -> dict[str, str]:
    return {"type": "write_file", "path": path, "content": content}


@pytest.fixture
async def stage(db: Database, settings: Settings, tmp_path: Path) -> Stage:
    """A run that has left its change on its branch for review."""
    stage = await set_up(db, settings, tmp_path)
    await change(stage, git_strategy=GitStrategy.BRANCH_PR)
    git(stage.origin, "checkout", "-q", "--detach")
    assert await finish(stage, write("flour.txt", "450 g\n")) is None
    return stage


async def change(stage: Stage, **fields: Any) -> None:
    async with stage.db.write() as tx:
        project = await tx.get_one(Project, "kitchen")
        for name, value in fields.items():
            setattr(project, name, value)


async def finish(stage: Stage, *actions: dict[str, str]) -> int | None:
    number = await stage.reply(*actions, DONE)
    return await act(stage.db, stage.settings, stage.run_id, number)


async def review(stage: Stage, verdict: str, comment: str = "", *lines: LineComment) -> ReviewState:
    async with stage.db.write() as tx:
        given = Review(verdict=verdict, comment=comment, comments=list(lines))  # type: ignore[arg-type]
        return await service.review(tx, stage.run_id, given, actor=PAT)


async def state(stage: Stage) -> str:
    async with stage.db.read() as tx:
        return (await service.diff(tx, stage.run_id, actor=PAT)).review.state


async def merge(stage: Stage) -> None:
    await merge_approved(stage.db, stage.settings, stage.run_id)


async def again(stage: Stage) -> str:
    """Gives the bead to an agent once more; what it is told first."""
    stage.run_id = await begin_run(stage)
    await open_run(stage.db, stage.settings, stage.run_id)
    async with stage.db.read() as tx:
        return (await repository.turns(tx, stage.run_id))[0].prompt


async def queued(stage: Stage) -> list[tuple[str, str]]:
    async with stage.db.read() as tx:
        return await due(tx)


def branches(stage: Stage) -> list[str]:
    return git(stage.origin, "branch", "--format=%(refname:short)", "--list", "agent/*").split()


async def test_work_waits_on_its_branch_and_is_merged_once_it_is_approved(stage: Stage) -> None:
    assert (await stage.bead()).status == BeadStatus.BLOCKED
    assert (await stage.run()).status == RunStatus.WAITING
    assert subjects(stage.origin) == ["The recipe so far"]
    assert branches(stage) == [(await stage.run()).branch]
    assert await state(stage) == "waiting"
    assert (await review(stage, "approve")).state == "approved"
    assert (await stage.bead()).status == BeadStatus.BLOCKED
    with pytest.raises(Conflict, match="already"):
        await review(stage, "send_back", "No.")
    assert await queued(stage) == [("merge", stage.run_id)]
    await merge(stage)
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    assert "450 g" in shown(stage.origin, "flour.txt")
    assert f"Run: {stage.run_id}" in git(stage.origin, "log", "-1", "--format=%b", "main")
    assert branches(stage) == []
    run, bead = await stage.run(), await stage.bead()
    assert (run.status, run.terminal_reason) == (RunStatus.FINISHED, TerminalReason.COMPLETED)
    assert run.commit_hash == git(stage.origin, "rev-parse", "main").strip()
    assert bead.status == BeadStatus.DONE
    assert await state(stage) == "landed"
    assert await queued(stage) == []


async def test_what_is_sent_back_reaches_the_same_agent_with_every_line(stage: Stage) -> None:
    line = LineComment(path="flour.txt", line=1, text="Is that whole grain?")
    first = await stage.run()
    await review(stage, "send_back", "Nearly.", line)
    bead = await stage.bead()
    assert (bead.status, bead.assigned_to) == (BeadStatus.OPEN, first.agent_id)
    assert await state(stage) == "sent_back"
    told = await again(stage)
    assert "flour.txt:1: Is that whole grain?" in told
    assert "Nearly." in told
    assert "Its changes are in your worktree." in told
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"
    assert await finish(stage, write("flour.txt", "450 g, whole grain\n")) is None
    assert await state(stage) == "waiting"
    assert shown(stage.origin, "flour.txt", branches(stage)[0]) == "450 g, whole grain\n"
    await review(stage, "approve", "Good.")
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]


async def test_an_answer_in_the_inbox_counts_as_well(stage: Stage) -> None:
    async with stage.db.write() as tx:
        (asked,) = (await tx.execute(select(Decision))).scalars()
        assert asked.options == ["approve", "send_back", "deny"]
        await decisions.decide(tx, asked.id, decider=PAT, decision="deny", rationale="Not now.")
    assert await state(stage) == "denied"
    assert (await stage.bead()).status == BeadStatus.BLOCKED
    assert await queued(stage) == []
    await review(stage, "approve", "Now.")
    await merge(stage)
    assert (await stage.bead()).status == BeadStatus.DONE


@pytest.mark.parametrize(
    ("answer", "words"),
    [("send_back", {}), ("send_back", {"rationale": "Nearly."}), ("approve", {"changes": "Sift it."})],
)
async def test_an_answer_in_the_inbox_takes_what_was_said_of_lines_along(
    stage: Stage, answer: str, words: dict[str, str]
) -> None:
    line = LineComment(path="flour.txt", line=1, text="Is that whole grain?")
    async with stage.db.write() as tx:
        await service.comment(tx, stage.run_id, [line], actor=PAT)
        (asked,) = (await tx.execute(select(Decision))).scalars()
        with pytest.raises(Invalid, match="reach an agent at a time"):
            await decisions.decide(tx, asked.id, decider=PAT, decision="send_back", rationale="x" * 9_990)
        await decisions.decide(tx, asked.id, decider=PAT, decision=answer, **words)
    async with stage.db.read() as tx:
        assert all(one.sent_at for one in await service.comments(tx, stage.run_id, actor=PAT))
    told = await again(stage)
    for text in ("flour.txt:1: Is that whole grain?", *words.values()):
        assert text in told


async def test_what_a_machine_passes_on_is_never_too_long(stage: Stage) -> None:
    reviewer = Actor("system", "github:sam", "sam on GitHub", frozenset())
    async with stage.db.write() as tx:
        await service.comment(tx, stage.run_id, [LineComment(path="flour.txt", line=1, text="Rye?")], actor=PAT)
        await service.hear(tx, stage.run_id, "Too heavy. " * 2_000, actor=reviewer)
    async with stage.db.read() as tx:
        assert [one.sent_at for one in await service.comments(tx, stage.run_id, actor=PAT)] == [None]
    assert "Too heavy." in await again(stage)


@pytest.mark.parametrize("answer", ["approve", "deny"])
async def test_an_answer_without_a_next_turn_leaves_what_was_said_for_the_one_that_has_one(
    stage: Stage, answer: str
) -> None:
    line = LineComment(path="flour.txt", line=1, text="Is that whole grain?")
    async with stage.db.write() as tx:
        await service.comment(tx, stage.run_id, [line], actor=PAT)
        (asked,) = (await tx.execute(select(Decision))).scalars()
        answered = await decisions.decide(tx, asked.id, decider=PAT, decision=answer, rationale="Fine.")
        assert answered.rationale == "Fine."
    async with stage.db.read() as tx:
        assert [one.sent_at for one in await service.comments(tx, stage.run_id, actor=PAT)] == [None]


async def test_a_conflict_goes_back_to_the_agent_with_both_sides_on_its_branch(stage: Stage) -> None:
    agent_id = (await stage.run()).agent_id
    await _push(stage, "flour.txt", "700 g\n")
    await review(stage, "approve")
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Theirs"]
    bead = await stage.bead()
    assert (bead.status, bead.assigned_to) == (BeadStatus.OPEN, agent_id)
    assert await state(stage) == "sent_back"
    told = await again(stage)
    assert "Other work landed meanwhile" in told
    assert "<<<<<<<" in (stage.folder / "flour.txt").read_text()
    assert await finish(stage) is not None
    assert await finish(stage, write("flour.txt", "600 g\n")) is None
    await review(stage, "approve")
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Theirs", "Less flour"]
    assert shown(stage.origin, "flour.txt") == "600 g\n"


async def test_red_tests_go_back_to_the_agent(stage: Stage) -> None:
    await change(stage, test_command="echo too heavy; false")
    await review(stage, "approve")
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far"]
    assert (await stage.bead()).status == BeadStatus.OPEN
    assert "too heavy" in await again(stage)
    assert (stage.folder / "flour.txt").read_text() == "450 g\n"


async def test_a_merge_whose_record_was_lost_is_not_made_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(*_: object) -> None:
        raise RuntimeError("killed")

    await review(stage, "approve")
    with monkeypatch.context() as patch:
        patch.setattr("loom_app.reviews.merging.note_landed", killed)
        with pytest.raises(RuntimeError, match="killed"):
            await merge(stage)
    assert await queued(stage) == [("merge", stage.run_id)]
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    assert (await stage.bead()).status == BeadStatus.DONE


async def test_what_moved_on_is_not_merged(stage: Stage) -> None:
    await review(stage, "approve")
    async with stage.db.write() as tx:
        await beads.set_status(tx, stage.bead_id, BeadStatus.OPEN, actor=PAT, reason="Wait.")
    assert await queued(stage) == []
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far"]


async def test_comments_stand_on_lines_that_are_shown(stage: Stage) -> None:
    with pytest.raises(Invalid, match="Say what"):
        await review(stage, "send_back")
    async with stage.db.write() as tx:
        for path, line, side in (("other.txt", 1, "new"), ("flour.txt", 99, "new"), ("../x", 1, "old")):
            said = LineComment(path=path, line=line, side=side, text="?")  # type: ignore[arg-type]
            with pytest.raises(Invalid, match="does not show line"):
                await service.comment(tx, stage.run_id, [said], actor=PAT)
        said = LineComment(path="flour.txt", line=1, side="old", text="Why?")
        await service.comment(tx, stage.run_id, [said], actor=PAT)
    await review(stage, "send_back")
    assert "flour.txt:1 (before): Why?" in await again(stage)


async def test_what_cannot_be_merged_now_says_why_and_stays_in_the_queue(stage: Stage) -> None:
    await review(stage, "approve")
    async with stage.db.write() as tx:
        await note_trouble(tx, "merge", stage.run_id, "The disk is full.")
    assert (await stage.run()).message == "Approved; merging is tried again: The disk is full."
    assert await queued(stage) == [("merge", stage.run_id)]
    await merge(stage)
    async with stage.db.write() as tx:
        await note_trouble(tx, "merge", stage.run_id, "The disk is full.")
    assert (await stage.run()).message.startswith("Approved. Landed on main")
    await _ask_revert(stage)
    async with stage.db.write() as tx:
        await note_trouble(tx, "revert", stage.run_id, "The disk is full.")
    async with stage.db.read() as tx:
        found = (await service.diff(tx, stage.run_id, actor=PAT)).review.revert
    assert found is not None
    assert found.message == "It is tried again: The disk is full."


async def test_whoever_made_it_may_be_gone_when_it_is_merged(stage: Stage) -> None:
    """Their name stays on the commit; and what is sent back after that is for anybody."""
    run = await stage.run()
    author = git(stage.origin, "log", "-1", "--format=%an %ae", run.branch)
    await review(stage, "approve")
    async with stage.db.write() as tx:
        await tx.delete(await tx.get_one(Agent, run.agent_id))
        await tx.delete(await tx.get_one(Provider, run.provider_id))
    await change(stage, test_command="false")
    await merge(stage)
    bead = await stage.bead()
    assert (bead.status, bead.assigned_to) == (BeadStatus.OPEN, "")
    async with stage.db.write() as tx:
        (await tx.get_one(Run, run.id)).terminal_reason = TerminalReason.REVIEW
        (await tx.get_one(Bead, run.bead_id)).status = BeadStatus.BLOCKED
    await change(stage, test_command="")
    await merge(stage)
    assert subjects(stage.origin) == ["The recipe so far", "Less flour"]
    assert git(stage.origin, "log", "-1", "--format=%an %ae", "main") == author
    assert (await stage.bead()).status == BeadStatus.DONE


async def test_what_cannot_be_merged_is_put_before_people_in_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    async def never(*_: object) -> None:
        asked.append(1)
        raise GitFailed("The disk of the repository is gone.")

    monkeypatch.setitem(WORK, "merge", never)
    merges = Merges(stage.db, stage.settings)
    await review(stage, "approve")
    await merges._do(("merge", stage.run_id))
    async with stage.db.read() as tx:
        assert (await tries.known(tx))["merge", stage.run_id] > now()
    assert "tried again: The disk" in (await stage.run()).message
    for _ in range(tries.MOST_TRIES - 1):
        await merges._do(("merge", stage.run_id))
    assert (await queued(stage), await state(stage)) == ([], "waiting")
    assert "The disk of the repository is gone. Mend that and approve it again" in (await stage.run()).message
    async with stage.db.read() as tx:
        assert await tries.known(tx) == {}
        newest = (await tx.execute(select(Decision).order_by(col(Decision.created_at).desc()))).scalars().first()
    assert newest is not None
    assert "The disk of the repository is gone." in newest.question
    await review(stage, "approve", "It is back.")
    monkeypatch.setitem(WORK, "merge", merge_approved)
    await merges._do(("merge", stage.run_id))
    assert (await state(stage), len(asked)) == ("landed", tries.MOST_TRIES)


async def test_a_taking_back_that_can_never_be_done_ends_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> None:
        raise NotFound("There is no such project.")

    await review(stage, "approve")
    await merge(stage)
    await _ask_revert(stage)
    monkeypatch.setitem(WORK, "revert", gone)
    await Merges(stage.db, stage.settings)._do(("revert", stage.run_id))
    async with stage.db.read() as tx:
        row = await tx.get_one(Revert, stage.run_id)
    assert row.status == RevertStatus.REFUSED
    assert row.message == "There is no such project. Mend that, then ask for it again."
    assert await queued(stage) == []


async def test_landed_work_is_taken_back_and_its_bead_opens_again(stage: Stage) -> None:
    with pytest.raises(Conflict, match="has not landed"):
        await _ask_revert(stage)
    await review(stage, "approve")
    await merge(stage)
    await _ask_revert(stage)
    assert await queued(stage) == [("revert", stage.run_id)]
    await revert_landed(stage.db, stage.settings, stage.run_id)
    await revert_landed(stage.db, stage.settings, stage.run_id)
    assert shown(stage.origin, "flour.txt") == "500 g\n"
    assert [line[:6] for line in subjects(stage.origin)] == ["The re", "Less f", "Revert"]
    assert (await stage.bead()).status == BeadStatus.OPEN
    async with stage.db.read() as tx:
        told = (await tx.execute(select(col(Event.type)).where(col(Event.type).like("run.re%")))).scalars().all()
        assert "run.reverted" in told
    with pytest.raises(Conflict, match="asked for that already"):
        await _ask_revert(stage)
    assert "Too dense." in await again(stage)


async def test_what_later_changes_build_on_is_not_taken_back(stage: Stage) -> None:
    await review(stage, "approve")
    await merge(stage)
    await _push(stage, "flour.txt", "451 g\n")
    await _ask_revert(stage)
    await revert_landed(stage.db, stage.settings, stage.run_id)
    assert shown(stage.origin, "flour.txt") == "451 g\n"
    assert (await stage.bead()).status == BeadStatus.DONE
    async with stage.db.read() as tx:
        found = (await service.diff(tx, stage.run_id, actor=PAT)).review.revert
    assert found is not None
    assert (found.status, "flour.txt" in found.message) == ("refused", True)
    await _ask_revert(stage)


async def test_branches_that_are_merged_go_and_others_stay(stage: Stage) -> None:
    async with stage.db.read() as tx:
        project = await tx.get_one(Project, "kitchen")
    copy = checkout_of(stage.db, project)
    git(copy.folder, "branch", "agent/old/work")
    git(copy.folder, "branch", "agent/other/work", (await stage.run()).branch)
    git(copy.folder, "branch", "people/work")
    assert await tidying.remove_merged(stage.db, project) == ["agent/old/work"]
    left = git(copy.folder, "branch", "--format=%(refname:short)").split()
    assert sorted(left) == sorted(["agent/other/work", (await stage.run()).branch, "main", "people/work"])


async def _ask_revert(stage: Stage) -> None:
    async with stage.db.write() as tx:
        await service.ask_revert(tx, stage.run_id, "Too dense.", actor=PAT)


async def _push(stage: Stage, path: str, text: str) -> None:
    git(stage.origin, "checkout", "-q", "main")
    (stage.origin / path).write_text(text)
    git(stage.origin, "commit", "-q", "-a", "-m", "Theirs")
    git(stage.origin, "checkout", "-q", "--detach")
