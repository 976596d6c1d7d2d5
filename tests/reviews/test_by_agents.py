"""Work that a project has reviewed by agents: it lands once they approve, and never before."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select
from sqlmodel import col

from loom_app.agents import service as agents
from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.decisions import pass_sweep, passes
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision, DecisionStatus, ReviewPass
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.lessons import service as learnt
from loom_app.projects.models import GitStrategy, Project
from loom_app.providers.models import Provider
from loom_app.reviews.merging import merge_approved
from loom_app.reviews.queue import due
from loom_app.runs import board, repository
from loom_app.runs.acting import act
from loom_app.runs.begin import begin
from loom_app.runs.lease import LeaseLost
from loom_app.runs.models import Run, RunAction, RunStatus, TerminalReason
from loom_app.runs.opening import open_run
from loom_app.runs.service import end_run
from loom_app.staff import retiring
from tests.runs.stage import Stage, set_up
from tests.support import rows
from tests.support.git_repository import git, shown, subjects

DONE = {"type": "done", "reason": "Weighed."}
WRITE = {"type": "write_file", "path": "flour.txt", "content": "450 g\n"}


class Team:
    """A stage whose project has finished work reviewed, and whoever reviews it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.db = stage, stage.db
        self.author = ""

    async def want(self, *roles: str, **fields: Any) -> None:
        async with self.db.write() as tx:
            project = await tx.get_one(Project, "kitchen")
            project.review_by = list(roles)
            for name, value in fields.items():
                setattr(project, name, value)

    async def do(self, run_id: str, *actions: dict[str, Any]) -> Sequence[RunAction]:
        """What the run's next turn did."""
        self.stage.run_id = run_id
        number = await self.stage.reply(*actions)
        await act(self.db, self.stage.settings, run_id, number)
        return [action for action in await self.stage.actions() if action.turn == number]

    async def finish(self, *actions: dict[str, Any]) -> Run:
        """The author's run, finished."""
        await self.do(self.author, *(actions or (WRITE,)), DONE)
        return await self.run(self.author)

    async def agent(self, agent_id: str) -> Agent:
        async with self.db.read() as tx:
            return await tx.get_one(Agent, agent_id)

    async def run(self, run_id: str) -> Run:
        async with self.db.read() as tx:
            return await tx.get_one(Run, run_id)

    async def begin(self, bead_id: str, agent_id: str) -> str:
        async with self.db.write() as tx:
            bead, agent = await tx.get_one(Bead, bead_id), await tx.get_one(Agent, agent_id)
            provider = await tx.get_one(Provider, "model")
            run_id = (await begin(tx, bead, agent, provider, seconds=30, why="it is ready")).id
        await open_run(self.db, self.stage.settings, run_id)
        return run_id

    async def asked(self) -> Decision:
        """The newest question about the work."""
        async with self.db.read() as tx:
            query = select(Decision).where(col(Decision.bead_id) == self.stage.bead_id)
            return (await tx.execute(query.order_by(col(Decision.created_at).desc()).limit(1))).scalars().one()

    async def review(self) -> str:
        """A run of the reviewer who is asked."""
        asked = await self.asked()
        return await self.begin(asked.answer_bead, asked.assigned_to)

    async def judge(self, kind: str, reason: str = "", **more: Any) -> RunAction:
        """A verdict by the reviewer who is asked."""
        (done,) = await self.do(
            await self.review(), {"type": kind, "bead_id": self.stage.bead_id, "reason": reason, **more}
        )
        return done

    async def again(self) -> str:
        """What the author is told first when the bead comes back."""
        async with self.db.read() as tx:
            bead = await beads.get(tx, self.stage.bead_id)
        self.author = await self.begin(bead.id, bead.assigned_to)
        return await self.prompt(self.author)

    async def prompt(self, run_id: str) -> str:
        async with self.db.read() as tx:
            return (await repository.turns(tx, run_id))[0].prompt

    async def system(self, run_id: str) -> str:
        async with self.db.read() as tx:
            return (await repository.turns(tx, run_id))[0].system_prompt

    async def merge(self) -> list[tuple[str, str]]:
        """What stood in the merge queue, merged."""
        async with self.db.read() as tx:
            queued = await due(tx)
        for _, run_id in queued:
            await merge_approved(self.db, self.stage.settings, run_id)
        return queued

    async def sweep(self) -> None:
        async with self.db.read() as tx:
            found, untidy = await pass_sweep.stuck(tx), await decisions.untidy(tx)
        async with self.db.write() as tx:
            await pass_sweep.free(tx, found)
            await decisions.tidy(tx, untidy)

    @property
    def landed(self) -> list[str]:
        return subjects(self.stage.origin)[1:]


@pytest.fixture
async def team(db: Database, settings: Settings, tmp_path: Path) -> Team:
    """A run of Quentin's, whose work Rosa is to review."""
    stage = await set_up(db, settings, tmp_path)
    git(stage.origin, "checkout", "-q", "--detach")
    made = Team(stage)
    made.author = stage.run_id
    await made.want("code-reviewer")
    return made


@pytest.fixture
async def rosa(team: Team) -> str:
    return await rows.agent(team.db, role="code-reviewer", name="Rosa")


async def test_work_lands_once_its_reviewer_approves(team: Team, rosa: str, client: AsyncClient) -> None:
    author = await team.finish()
    bead = await team.stage.bead()
    asked = await team.asked()
    assert (author.status, author.terminal_reason, bead.status) == ("waiting", "review", BeadStatus.BLOCKED)
    assert bead.status_reason == f"Waits for review by Rosa (code-reviewer), through {asked.answer_bead}."
    assert git(team.stage.origin, "branch", "--list", "agent/*") == ""
    assert await team.merge() == []
    (given,) = (await client.get(f"/api/v1/beads/{bead.id}/reviews")).json()
    assert (given["agent_id"], given["state"], given["run_id"]) == (rosa, "waiting", author.id)
    (why, *_) = (await client.get(f"/api/v1/beads/{bead.id}/dispatch")).json()["reasons"]
    assert (why["code"], why["why"]) == ("review", bead.status_reason)

    hers = await team.review()
    told, system = await team.prompt(hers), await team.system(hers)
    assert "+450 g" in told
    assert f"approve_bead with bead_id {bead.id}" in told
    assert "- approve_bead(" in system
    assert all(f"- {name}(" not in system for name in ("create_pr", "decide", "close_bead"))
    assert (team.stage.folder.parent / hers / "flour.txt").read_text() == "450 g\n"
    extra = {"type": "write_file", "path": "hers.txt", "content": "x\n"}
    (_, done) = await team.do(hers, extra, {"type": "approve_bead", "bead_id": bead.id, "reason": "Right."})
    assert (done.status, done.result["metadata"]["reason"]) == ("executed", "Right.")
    assert (await team.run(hers)).status == RunStatus.FINISHED
    assert (await team.run(hers)).commit_hash == ""
    assert team.landed == []
    assert await team.merge() == [("merge", author.id)]
    assert team.landed == ["Less flour"]
    assert shown(team.stage.origin, "flour.txt") == "450 g\n"
    assert "hers.txt" not in git(team.stage.origin, "ls-tree", "--name-only", "main")
    assert (await team.stage.bead()).status == BeadStatus.DONE
    state = (await client.get(f"/api/v1/runs/{author.id}/diff")).json()["review"]
    assert [(one["state"], one["reason"]) for one in state["passes"]] == [("approved", "Right.")]
    assert (await team.agent(rosa)).status == AgentStatus.IDLE


async def test_what_is_rejected_goes_back_to_its_author_with_the_words(team: Team, rosa: str) -> None:
    await team.finish()
    done = await team.judge("reject_bead", "flour.txt:1: whole grain, please.")
    assert done.status == "executed"
    bead = await team.stage.bead()
    author = await team.run(team.author)
    assert (bead.status, bead.assigned_to) == (BeadStatus.OPEN, author.agent_id)
    told = await team.again()
    assert "Answer of your colleague Rosa: send_back. flour.txt:1: whole grain, please." in told
    assert "Its changes are in your worktree." in told
    assert (team.stage.folder.parent / team.author / "flour.txt").read_text() == "450 g\n"
    await team.finish({**WRITE, "content": "450 g, whole grain\n"})
    hers = await team.review()
    assert "> Rosa (code-reviewer) rejected it: flour.txt:1: whole grain, please." in await team.prompt(hers)
    await team.do(hers, {"type": "approve_bead", "bead_id": bead.id})
    await team.merge()
    assert team.landed == ["Less flour"]


async def test_what_a_reviewer_says_of_lines_is_shown_there_and_reaches_the_author(
    team: Team, rosa: str, client: AsyncClient
) -> None:
    await team.finish()
    refused = await team.judge("reject_bead", "No.", comments=[{"file": "flour.txt", "line": 900, "text": "What?"}])
    assert (refused.status, refused.result["metadata"]["code"]) == ("error", "line_not_shown")
    said = [{"path": "./flour.txt", "line": 1, "comment": "Whole grain?"}]
    (done,) = await team.do(
        refused.run_id, {"type": "reject_bead", "bead_id": team.stage.bead_id, "reason": "Nearly.", "comments": said}
    )
    assert done.status == "executed"
    (shown_there,) = (await client.get(f"/api/v1/runs/{team.author}/review-comments")).json()
    assert [shown_there[name] for name in ("path", "line", "text", "author")] == [
        "flour.txt", 1, "Whole grain?", "Rosa",
    ]  # fmt: skip
    told = await team.again()
    assert "Nearly." in told
    assert "flour.txt:1: Whole grain?" in told
    async with team.db.read() as tx:
        lessons = await learnt.listed(tx, "kitchen", actor=SYSTEM)
    assert any(one.category == "review" and "Nearly." in one.detail for one in lessons)


async def test_after_three_rejections_people_are_asked(team: Team, rosa: str, client: AsyncClient) -> None:
    for number in (1, 2, 3):
        await team.finish({**WRITE, "content": f"{450 + number} g\n"})
        await team.judge("reject_bead", f"No {number}.")
        if number < 3:
            await team.again()
    asked, bead = await team.asked(), await team.stage.bead()
    assert (asked.status, asked.assigned_to, bead.status) == (DecisionStatus.OPEN, "", BeadStatus.BLOCKED)
    assert "rejected it 3 times; Rosa said last: No 3." in bead.status_reason
    said = (await client.get(f"/api/v1/decisions/{asked.id}/comments")).json()
    assert [one["content"] for one in said] == ["No 3."]
    answer = {"decision": "send_back", "rationale": "Half of it."}
    assert (await client.post(f"/api/v1/decisions/{asked.id}/decide", json=answer)).status_code == 200
    await team.again()
    await team.finish({**WRITE, "content": "250 g\n"})
    await team.judge("reject_bead", "No 4.")
    assert (await team.stage.bead()).status == BeadStatus.OPEN


async def test_both_roles_are_asked_one_after_the_other(team: Team, rosa: str) -> None:
    await team.want("code-reviewer", "qa-engineer")
    quinn = await rows.agent(team.db, role="qa-engineer", name="Quinn")
    await team.finish()
    assert (await team.asked()).assigned_to == rosa
    await team.judge("approve_bead", "Reads well.")
    asked = await team.asked()
    assert (asked.status, asked.assigned_to) == (DecisionStatus.OPEN, quinn)
    assert await team.merge() == []
    await team.judge("approve_bead", "Tastes well.")
    assert len(await team.merge()) == 1
    assert team.landed == ["Less flour"]


async def test_where_people_merge_they_are_asked_after_the_agents(team: Team, rosa: str) -> None:
    await team.want("code-reviewer", git_strategy=GitStrategy.BRANCH_PR)
    author = await team.finish()
    assert git(team.stage.origin, "branch", "--list", "agent/*").strip() == author.branch
    await team.judge("approve_bead", "Right.")
    asked = await team.asked()
    assert (asked.status, asked.assigned_to) == (DecisionStatus.OPEN, "")
    assert "Rosa (code-reviewer) approved it" in (await team.stage.bead()).status_reason
    assert await team.merge() == []


async def test_nobody_reviews_what_they_worked_on(team: Team, client: AsyncClient) -> None:
    async with team.db.write() as tx:
        agent = await tx.get_one(Agent, (await team.run(team.author)).agent_id)
        agent.role = "code-reviewer"
    await team.finish()
    asked = await team.asked()
    assert (asked.assigned_to, asked.answer_bead) == ("", "")
    assert "Nobody with the role code-reviewer" in (await team.stage.bead()).status_reason
    decided = await client.post(f"/api/v1/runs/{team.author}/review", json={"verdict": "approve", "comment": "Fine."})
    assert decided.status_code == 200
    await team.merge()
    assert team.landed == ["Less flour"]


async def test_only_who_is_asked_judges_and_only_that_work(team: Team, rosa: str) -> None:
    (early,) = await team.do(team.author, {"type": "approve_bead", "bead_id": team.stage.bead_id})
    assert early.status == "error"
    assert "reviews nobody's work" in early.message
    await team.finish()
    asked = await team.asked()
    hers = await team.review()
    other, decide, wordless = await team.do(
        hers,
        {"type": "approve_bead", "bead_id": "kitchen-none"},
        {"type": "decide", "decision": "approve", "rationale": "Yes."},
        {"type": "reject_bead", "bead_id": asked.answer_bead, "reason": "No."},
    )
    assert f"Name {team.stage.bead_id}" in other.message
    assert "approve_bead or reject_bead" in decide.message
    assert wordless.status == "executed"
    mallory = await rows.agent(team.db, role="code-reviewer", name="Mallory")
    actor = agent_actor(mallory, "Mallory", "kitchen")
    await team.again()
    await team.finish({**WRITE, "content": "1 g\n"})
    through = (await team.asked()).answer_bead
    async with team.db.write() as tx:
        with pytest.raises(Exception, match="not given to you"):
            await passes.approve(tx, through, team.stage.bead_id, "", actor)


async def test_a_review_without_a_verdict_lands_nothing(team: Team, rosa: str) -> None:
    await team.finish()
    hers = await team.review()
    await team.do(hers, {"type": "write_file", "path": "x.txt", "content": "x\n"}, DONE)
    assert (await team.run(hers)).status == RunStatus.FINISHED
    assert team.landed == []
    await team.sweep()
    asked = await team.asked()
    assert (asked.status, asked.assigned_to) == (DecisionStatus.OPEN, "")
    assert "Rosa left it to people." in (await team.stage.bead()).status_reason
    assert await team.merge() == []


async def test_a_verdict_counts_once_whatever_is_cut_off(
    team: Team, rosa: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("killed")

    await team.finish()
    hers = await team.review()
    team.stage.run_id = hers
    number = await team.stage.reply({"type": "approve_bead", "bead_id": team.stage.bead_id})
    with monkeypatch.context() as patch:
        patch.setattr(board, "end", crash)
        with pytest.raises(RuntimeError, match="killed"):
            await act(team.db, team.stage.settings, hers, number)
    assert await team.merge() == []
    assert (await team.asked()).status == DecisionStatus.OPEN
    await act(team.db, team.stage.settings, hers, number)
    with pytest.raises(LeaseLost):
        await act(team.db, team.stage.settings, hers, number)
    assert len(await team.merge()) == 1
    assert await team.merge() == []
    assert team.landed == ["Less flour"]


async def test_of_two_answers_at_once_one_counts(team: Team, rosa: str) -> None:
    await team.finish()
    asked = await team.asked()

    async def agent() -> None:
        async with team.db.write() as tx:
            await passes.reject(tx, asked.answer_bead, team.stage.bead_id, "No.", agent_actor(rosa, "Rosa", "kitchen"))

    async def person() -> None:
        async with team.db.write() as tx:
            await decisions.decide(tx, asked.id, decider=SYSTEM, decision="approve", rationale="Yes.")

    refused = [one for one in await asyncio.gather(agent(), person(), return_exceptions=True) if one is not None]
    assert [type(one) for one in refused] == [Conflict]
    answered = await team.asked()
    assert answered.status == DecisionStatus.DECIDED
    assert bool(await team.merge()) == (answered.decision == "approve")


async def test_people_are_asked_where_a_reviewer_does_not_get_to_it(team: Team, rosa: str) -> None:
    await team.finish()
    await team.sweep()
    asked = await team.asked()
    assert asked.assigned_to == rosa
    near = now() + timedelta(minutes=1)
    async with team.db.write() as tx:
        (await tx.get_one(Decision, asked.id)).deadline = near
        (given,) = (await tx.execute(select(ReviewPass))).scalars()
        given.asked_at -= pass_sweep.LATE
    await team.sweep()
    asked = await team.asked()
    assert (asked.status, asked.assigned_to) == (DecisionStatus.OPEN, "")
    assert asked.deadline > near + pass_sweep.LATE
    assert "Rosa did not get to it in 24 hours." in (await team.stage.bead()).status_reason


@pytest.mark.parametrize("how", ["deleted", "paused", "moved", "failing"])
async def test_a_reviewer_who_cannot_answer_is_replaced(team: Team, rosa: str, how: str) -> None:
    ruth = await rows.agent(team.db, role="code-reviewer", name="Ruth")
    async with team.db.write() as tx:
        await agents.pause(tx, ruth, actor=SYSTEM)
    await team.finish()
    first = await team.asked()
    async with team.db.write() as tx:
        await agents.resume(tx, ruth, actor=SYSTEM)
        if how == "deleted":
            await retiring.delete(tx, rosa, actor=SYSTEM)
        elif how == "paused":
            await agents.pause(tx, rosa, actor=SYSTEM)
        elif how == "moved":
            (await tx.get_one(Agent, rosa)).role = "ceo"
        else:
            (await tx.get_one(Bead, first.answer_bead)).hops = pass_sweep.MOST_TRIES
    await team.sweep()
    asked = await team.asked()
    assert (asked.id, asked.assigned_to) == (first.id, ruth)
    async with team.db.write() as tx:
        assert (await beads.get(tx, first.answer_bead)).status == BeadStatus.DONE
        await retiring.delete(tx, ruth, actor=SYSTEM)
    await team.sweep()
    asked = await team.asked()
    assert (asked.status, asked.assigned_to) == (DecisionStatus.OPEN, "")
    assert (await team.stage.bead()).status == BeadStatus.BLOCKED


async def test_a_bead_that_moves_on_is_reviewed_no_more(team: Team, rosa: str) -> None:
    await team.finish()
    asked = await team.asked()
    async with team.db.write() as tx:
        await beads.set_status(tx, team.stage.bead_id, BeadStatus.OPEN, actor=SYSTEM, reason="Again.")
    await team.sweep()
    assert (await team.asked()).status == DecisionStatus.CANCELLED
    async with team.db.read() as tx:
        assert (await beads.get(tx, asked.answer_bead)).status == BeadStatus.DONE
    async with team.db.write() as tx:
        bead = await tx.get_one(Bead, team.stage.bead_id)
        bead.assigned_to = (await tx.get_one(Run, team.author)).agent_id
    await team.again()
    await team.finish({**WRITE, "content": "1 g\n"})
    newest = await team.asked()
    assert (newest.status, newest.assigned_to) == (DecisionStatus.OPEN, rosa)


async def test_a_bead_that_is_deleted_takes_its_review_along(team: Team, rosa: str, client: AsyncClient) -> None:
    await team.finish()
    asked = await team.asked()
    hers = await team.review()
    assert (await client.delete(f"/api/v1/beads/{team.stage.bead_id}")).status_code in (200, 204)
    await team.sweep()
    assert (await team.asked()).status == DecisionStatus.CANCELLED
    async with team.db.read() as tx:
        assert (await beads.get(tx, asked.answer_bead)).status == BeadStatus.DONE
    await end_run(team.db, team.stage.settings, hers, TerminalReason.CANCELLED, "Its bead was moved.")
    assert await team.merge() == []


async def test_a_setting_that_is_taken_off_leaves_nothing_stuck_or_unreviewed(
    team: Team, rosa: str, client: AsyncClient
) -> None:
    await team.want("code-reviewer", "qa-engineer")
    await rows.agent(team.db, role="qa-engineer", name="Quinn")
    await team.finish()
    path = "/api/v1/projects/kitchen"
    for wrong in (["ceo"], ["qa-engineer", "qa-engineer"], "qa-engineer"):
        assert (await client.patch(path, json={"review_by": wrong})).status_code == 422
    changed = await client.patch(path, json={"review_by": []})
    assert changed.json()["review_by"] == []
    assert await team.merge() == []
    await team.judge("approve_bead", "Right.")
    assert len(await team.merge()) == 1
    assert team.landed == ["Less flour"]


async def test_work_that_changes_nothing_is_done_without_a_review(team: Team, rosa: str) -> None:
    await team.do(team.author, DONE)
    assert (await team.stage.bead()).status == BeadStatus.DONE
    async with team.db.read() as tx:
        assert (await tx.execute(select(Decision))).scalars().all() == []


async def test_a_decision_maker_to_whom_the_rules_leave_reviews_judges_alike(team: Team, client: AsyncClient) -> None:
    rules = {"risks": ["medium"], "kinds": ["review"], "per_day": 5}
    assert (await client.put("/api/v1/projects/kitchen/decision-rules", json=rules)).status_code == 200
    await team.want(git_strategy=GitStrategy.BRANCH_PR)
    judge = await rows.agent(team.db, role="decision-maker", name="Jo")
    await team.finish()
    assert (await team.asked()).assigned_to == judge
    jos = await team.review()
    assert f"reject_bead with all that is to be done differently, with bead_id {team.stage.bead_id}" in (
        await team.prompt(jos)
    )
    (done,) = await team.do(jos, {"type": "approve_bead", "bead_id": team.stage.bead_id, "reason": "Fine."})
    assert done.status == "executed"
    assert len(await team.merge()) == 1
