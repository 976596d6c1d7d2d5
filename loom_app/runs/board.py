"""What a run's actions do to beads and decisions: each effect and the action's record in one transaction, so once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.beads import filed_words
from loom_app.actions.context import LeaveNeeded
from loom_app.actions.kinds.beads import AskFollowup, BeadDraft, LineRemark
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.decisions import passes, remarks
from loom_app.decisions import service as decisions
from loom_app.decisions.answers import Kind
from loom_app.decisions.command_answers import OPTIONS, REFUSE, digest
from loom_app.git.worktree import Worktree
from loom_app.kernel.actor import Actor, agent_actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.projects import service as projects
from loom_app.projects.models import GitStrategy
from loom_app.runs import guard, repository
from loom_app.runs.ending import Ending, Question, end
from loom_app.runs.landing import UNFINISHED, land
from loom_app.runs.models import ActionStatus, Run, RunAction, TerminalReason
from loom_app.runs.recording import record
from loom_app.runs.workplace import Job
from loom_app.temporal_language.works import of_depth

MOST_NEW_BEADS = 10
"""How many beads one run may file: a storm of them helps nobody."""
MOST_PLANNED_BEADS = 40
"""How many it may whose bead asks for a whole PRD to be expanded; only Loom marks beads so."""
MOST_OPTIONS = 20


@dataclass(frozen=True)
class Unrun:
    """What is recorded of an action that was not carried out, since people are asked first."""

    message: str
    metadata: dict[str, str]


class RunBoard:
    """The board as the agent of one run reaches it."""

    def __init__(self, db: Database, settings: Settings, job: Job, tree: Worktree) -> None:
        self._db, self._settings, self._job, self._tree = db, settings, job, tree
        self._actor = agent_actor(job.agent.id, job.agent.name, job.run.project_id)

    async def create_bead(self, draft: BeadDraft, key: str) -> tuple[str, bool]:
        """Files a work item in the run's project, once per bead worked on and title, however often that is begun anew.

        Raises Conflict when the run has filed as many as it may.
        """
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            filed = [a for a in await repository.actions(tx, run.id) if _filed(a)]
            if len(filed) >= _most_new(self._job.bead):
                raise Conflict(
                    f"This run has filed {len(filed)} beads already. Finish the present one; say the rest in `done`.",
                    code="too_many_beads",
                )
            known = await repository.filed_for(tx, self._job.bead, draft.title)
            if known:
                await record(tx, key, filed_words(new=False), {"bead_id": known, "title": draft.title})
                return known, False
            wanted = beads.draft(
                project_id=self._job.project.id, title=draft.title, description=draft.description,
                acceptance_criteria=draft.acceptance_criteria, priority=draft.priority, type=draft.type,
                tags=list(draft.tags), blocked_by=list(draft.blocked_by), parent=draft.parent or None,
                context={
                    "filed_by": self._job.agent.id, "filed_in": self._job.bead.id, **of_depth(self._job.bead.context),
                },
            )  # fmt: skip
            bead = await beads.create(tx, wanted, actor=self._actor)
            await record(tx, key, filed_words(new=True), {"bead_id": bead.id, "title": bead.title})
            return bead.id, True

    async def close_bead(self, bead_id: str, reason: str, key: str) -> None:
        """Takes a bead as done. The run's own lands its work and ends the run."""
        if bead_id == self._job.bead.id:
            await self._finish(reason, key)
            return
        async with self._db.write() as tx:
            await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            await self._close_other(tx, bead_id, reason)
            await record(tx, key, "bead closed", {"bead_id": bead_id, "reason": reason})

    async def propose(self, title: str, key: str) -> None:
        """Leaves the run's work on its branch for review and ends the run. Raises Conflict where it lands directly."""
        if self._job.project.git_strategy != GitStrategy.BRANCH_PR:
            raise Conflict(
                "This project takes no pull requests: finished work lands on its branch at once. Answer done instead.",
                code="no_pull_requests",
            )
        await self._finish(title, key)

    async def escalate(self, reason: str, returned_to: str | None, key: str) -> str:
        """Puts the bead before the CEO and ends the run; its changes wait on its branch."""
        return await self._wait_for(Question("escalation", reason, returned_to or ""), key)

    async def ask(self, asked: AskFollowup, key: str) -> str:
        """Asks people a question and ends the run; its changes wait on its branch."""
        options = [option.strip() for option in asked.options if option.strip()][:MOST_OPTIONS]
        question = Question(
            "question", asked.question, options=options, recommendation=asked.recommendation, risk=asked.risk
        )
        return await self._wait_for(question, key)

    async def ask_leave(self, need: LeaveNeeded, reason: str, key: str) -> str:
        """Asks people whether a command may run and ends the run; its changes wait on its branch."""
        return await self._wait_for(leave_question(self._job, need, reason), key, unrun(need))

    async def decide(self, decision: str, rationale: str, key: str) -> str:
        """Answers the decision that the bead asks for and ends the run, which leaves nothing behind."""
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            asked = await decisions.answering_through(tx, run.bead_id)
            if self._job.reviewed is not None:
                raise Invalid("Answer a review with approve_bead or reject_bead.", code="review_verdict")
            await decisions.decide(tx, asked.id, decider=self._actor, decision=decision, rationale=rationale)
            await record(tx, key, "decided", {"decision_id": asked.id, "decision": decision}, "completed")
            await end(tx, run, Ending(TerminalReason.COMPLETED, f"Decided: {decision}"), self._settings)
            return asked.id

    async def judge(
        self, bead_id: str, reason: str, key: str, *, approves: bool, comments: Sequence[LineRemark] = ()
    ) -> str:
        """Answers whether the work on `bead_id`, which this run reviews, is right, and ends the run.

        Raises Invalid for a remark on a line that the change does not show; nothing is answered then.
        """
        verdict, word = (passes.approve, "approved") if approves else (passes.reject, "rejected")
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            if self._job.reviewed is not None:
                await _say(tx, self._job.reviewed, comments, self._actor)
            asked = await verdict(tx, run.bead_id, bead_id, reason, self._actor)
            facts = {"bead_id": asked.bead_id, "reason": reason, "decision_id": asked.id}
            await record(tx, key, f"work {word}", facts, "completed")
            told = f"{word.capitalize()} the work on {asked.bead_id}. {reason}".strip()
            await end(tx, run, Ending(TerminalReason.COMPLETED, told), self._settings)
            return asked.id

    async def _finish(self, reason: str, key: str) -> None:
        if self._job.reviewed is not None:
            await self._leave(reason, key)
            return
        landed = await land(self._db, self._job, self._tree, reason, self._settings)
        message = " ".join(part for part in (reason.strip(), landed.sentence, landed.problem) if part)
        why = TerminalReason.REVIEW if landed.waits else TerminalReason.COMPLETED
        review_by = self._job.project.review_by
        ending = Ending(why, message, commit=landed.commit, diff=landed.diff, review_by=review_by)
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            told = ("work waits for review", "waiting") if landed.waits else ("work done, bead closed", "completed")
            await record(tx, key, told[0], {"bead_id": run.bead_id, "commit": landed.commit}, told[1])
            if landed.commit:
                head = "" if landed.waits else landed.commit
                await projects.note_repository(tx, run.project_id, head=head, problem=landed.problem)
            await end(tx, run, ending, self._settings)

    async def _leave(self, reason: str, key: str) -> None:
        """Ends a review without a verdict; nothing lands, and people answer."""
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            await record(tx, key, "the review is left to people", {"bead_id": run.bead_id}, "completed")
            told = f"It left the review to people. {reason}".strip()
            await end(tx, run, Ending(TerminalReason.COMPLETED, told), self._settings)

    async def _wait_for(self, question: Question, key: str, unrun: Unrun | None = None) -> str:
        diff = await self._tree.whole_diff()
        await self._tree.commit(f"{UNFINISHED}{self._job.bead.title}", [], key)
        ending = Ending(TerminalReason.ESCALATED, f"Asked a person: {question.text}", diff=diff, question=question)
        async with self._db.write() as tx:
            run = await guard.held(tx, self._job.run.id, self._settings.runs.lease_seconds)
            decision_id = await end(tx, run, ending, self._settings)
            ends = "escalated" if question.kind == "escalation" else "waiting"
            told = {"decision_id": decision_id, **(unrun.metadata if unrun else {})}
            status = ActionStatus.ERROR if unrun else ActionStatus.EXECUTED
            await record(tx, key, unrun.message if unrun else "a person was asked", told, ends, status)
            return decision_id

    async def _close_other(self, tx: AsyncSession, bead_id: str, reason: str) -> None:
        bead = await tx.get(Bead, bead_id)
        if bead is None or bead.project_id != self._job.project.id:
            raise NotFound(f"There is no bead {bead_id!r} in this project.", code="bead_not_found")
        if bead.status == BeadStatus.IN_PROGRESS:
            raise Conflict(f"{bead_id} is being worked on by {bead.assigned_to}; only that run may close it.")
        await beads.check_closable(tx, bead, self._actor)
        await beads.set_status(tx, bead_id, BeadStatus.DONE, actor=self._actor, reason=reason)


def leave_question(job: Job, need: LeaveNeeded, reason: str) -> Question:
    """Whether a command may run, which the agent wants for a `reason`."""
    ruling = need.ruling
    text = f"{job.agent.name} wants to run a command. {ruling.rule}"
    context = {
        "command": need.command, "reason": reason, "risk_class": ruling.risk, "patterns": list(ruling.patterns),
        "digest": digest(need.command),
    }  # fmt: skip
    return Question(
        Kind.COMMAND, text, returned_to=job.agent.id, options=OPTIONS, default_option=REFUSE, context=context,
        risk="high" if ruling.risk == "high" else "medium",
    )  # fmt: skip


def unrun(need: LeaveNeeded) -> Unrun:
    """What is recorded of a command that people are to allow first."""
    ruling = need.ruling
    told = {"command": need.command, "code": need.code, "risk": ruling.risk, "rule": ruling.rule}
    return Unrun(need.message, told)


def _most_new(bead: Bead) -> int:
    return MOST_PLANNED_BEADS if bead.context.get("bootstrap") is True else MOST_NEW_BEADS


def _filed(action: RunAction) -> bool:
    return action.type == "create_bead" and action.status == ActionStatus.EXECUTED


async def _say(tx: AsyncSession, run: Run, comments: Sequence[LineRemark], actor: Actor) -> None:
    said = [remarks.Remark(one.file.removeprefix("./"), one.line, one.text) for one in comments]
    remarks.check(run, said)
    await remarks.add(tx, run, said, actor=actor)
