"""How a run ends: run, bead, agent, lease and decision change together, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents import team
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Dispatch, Settings
from loom_app.decisions import escalation, passes
from loom_app.decisions import service as decisions
from loom_app.decisions.answers import APPROVE, DENY, SEND_BACK, Kind
from loom_app.events.service import append
from loom_app.filelocks import service as filelocks
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.clock import ahead, now
from loom_app.ledger import service as ledger
from loom_app.messages import service as messages
from loom_app.projects.closing import is_closed
from loom_app.projects.models import Project
from loom_app.runs import lease, nudges
from loom_app.runs.learning import learn_from
from loom_app.runs.models import TRANSITIONS, Run, RunStatus, TerminalReason
from loom_app.runs.resting import CUT_OFF, rest

STATUS_OF = {
    TerminalReason.COMPLETED: RunStatus.FINISHED,
    TerminalReason.ESCALATED: RunStatus.WAITING,
    TerminalReason.REVIEW: RunStatus.WAITING,
    TerminalReason.BUDGET: RunStatus.WAITING,
    TerminalReason.TAKEN_OVER: RunStatus.WAITING,
    TerminalReason.CANCELLED: RunStatus.CANCELLED,
    TerminalReason.LEASE_LOST: RunStatus.LOST,
}
"""Every other reason is a failure."""
FREE_LOSSES = 3
"""After how many lost runs in a row a bead rests as after failures."""
MOST_DIFF = 20_000
"""How much of its diff a question shows."""


@dataclass(frozen=True)
class Question:
    """What a run asks a person before it can go on."""

    kind: str
    text: str
    returned_to: str = ""
    options: Sequence[str] = ()
    recommendation: str = ""
    risk: str = "medium"
    default_option: str = ""
    deadline: datetime | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    """What helps to answer, beside what the run has to show."""


@dataclass(frozen=True)
class Ending:
    """Why a run ends and what people are told. `question` goes with ESCALATED and BUDGET alone.

    `rests` is for how many seconds the bead is given to nobody.
    """

    reason: TerminalReason
    message: str
    commit: str = ""
    diff: str = ""
    question: Question | None = None
    rests: float = 0.0
    review_by: Sequence[str] = ()
    """With REVIEW: the roles whose agents review the work before people do, or in their place."""


def review_of(run: Run) -> Question:
    """Whether what `run` left on its branch is to be merged."""
    text = f"{run.message} Is it to be merged?"
    return Question(Kind.REVIEW, text, returned_to=run.agent_id, options=(APPROVE, SEND_BACK, DENY))


async def end(tx: AsyncSession, run: Run, ending: Ending, settings: Settings) -> str:
    """Ends `run` in the transaction `tx`, whose lease the caller holds. Raises LeaseLost when it does not.

    Answers the id of the decision that a person is asked for, "" without one.
    """
    if not await lease.release(tx, run.bead_id, run.token):
        raise lease.LeaseLost(f"The bead {run.bead_id} has passed on; this run may not end it.")
    await ledger.release_run(tx, run.id, "Its run is over.")
    status = STATUS_OF.get(ending.reason, RunStatus.FAILED)
    if status not in TRANSITIONS[RunStatus(run.status)]:
        raise lease.LeaseLost(f"Run {run.id} is {run.status} already.")
    run.status, run.terminal_reason, run.message = status, ending.reason, ending.message
    run.commit_hash, run.diff = ending.commit or run.commit_hash, ending.diff or run.diff
    run.ended_at, run.pause_requested, run.paused_at = now(), False, None
    await learn_from(tx, run)
    await filelocks.give_back_all(tx, run.bead_id, run.agent_id, actor=SYSTEM)
    await messages.give_back(tx, run.id, run.turn_count)
    await nudges.give_back(tx, run)
    leaving = await agents.is_leaving(tx, run.agent_id)
    decision_id = await _settle_bead(tx, run, ending, settings)
    if not run.paired_with:
        await _let_go(tx, run, leaving=leaving)
    data = {
        "run_id": run.id, "agent_id": run.agent_id, "status": status, "reason": ending.reason,
        "message": ending.message, "turns": run.turn_count, "commit": run.commit_hash, "cost_micros": run.cost_micros,
    }  # fmt: skip
    append(tx, "run.ended", actor=SYSTEM, project_id=run.project_id, subject_id=run.bead_id, data=data)
    return decision_id


async def _let_go(tx: AsyncSession, run: Run, *, leaving: bool) -> None:
    await agents.set_idle(tx, run.agent_id)
    if leaving:
        await team.hand_back(tx, await agents.get(tx, run.agent_id), SYSTEM)


async def _settle_bead(tx: AsyncSession, run: Run, ending: Ending, settings: Settings) -> str:
    """Puts the bead where the ending says, unless a person has moved it meanwhile."""
    bead = await tx.get(Bead, run.bead_id, populate_existing=True)
    if bead is None or bead.status != BeadStatus.IN_PROGRESS:
        return ""
    match ending.reason:
        case TerminalReason.COMPLETED:
            actor = agent_actor(run.agent_id, await agents.name_of(tx, run.agent_id), run.project_id)
            await beads.set_status(tx, bead.id, BeadStatus.DONE, actor=actor, reason=ending.message)
        case TerminalReason.REVIEW:
            return await _ask_for_review(tx, run, bead, ending.review_by)
        case TerminalReason.ESCALATED:
            return await _ask(tx, run, bead, ending.question or Question("escalation", ending.message))
        case TerminalReason.BUDGET if ending.question:
            return await _ask(tx, run, bead, ending.question)
        case TerminalReason.BUDGET:
            bead.not_before = ahead(ending.rests) if ending.rests else None
            await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=ending.message)
        case TerminalReason.TAKEN_OVER:
            await beads.pass_to(tx, bead.id, run.taken_by, actor=SYSTEM, reason=ending.message)
        case TerminalReason.CANCELLED if await _nobody_stopped_the_bead(tx, run):
            await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=ending.message)
        case TerminalReason.CANCELLED:
            reason = f"{ending.message} Move the bead to Open to have it taken up again."
            await beads.set_status(tx, bead.id, BeadStatus.BLOCKED, actor=SYSTEM, reason=reason)
        case _:
            return await _requeue(tx, run, bead, ending, settings)
    return ""


async def _nobody_stopped_the_bead(tx: AsyncSession, run: Run) -> bool:
    """Whether the run was stopped for another's sake: its project is closed, or its agent was let go."""
    if await agents.is_leaving(tx, run.agent_id):
        return True
    project = await tx.get(Project, run.project_id, populate_existing=True)
    return project is not None and is_closed(project)


def rest_after(hops: int, of: Dispatch, *, lost: bool = False) -> float:
    """For how many seconds a bead rests that was given out `hops` times and failed: twice as long each time, bounded.

    Where its worker died, which is seldom the bead's fault, it goes on at once for the first few times.
    """
    failures = hops - FREE_LOSSES if lost else hops
    return min(of.retry_most_seconds, of.retry_seconds * 2.0 ** min(failures - 1, 60)) if failures > 0 else 0.0


async def ask_after_hops(tx: AsyncSession, bead: Bead, last: Run | None) -> str:
    """Puts a bead to people that was given out as often as a bead may be, and sets it aside; the decision's id.

    No agent may answer this for them, and silence leaves the bead where it is.
    """
    times = "once" if bead.hops == 1 else f"{bead.hops} times"
    text = f"{bead.id} was given to agents {times} and is not done." + (
        f" The last one: {last.message}" if last else ""
    )
    if last is not None:
        return await _ask(tx, last, bead, Question("escalation", text, risk="high"))
    asked = await decisions.open_decision(
        tx, kind="escalation", bead=bead, question=text, requester_id=SYSTEM.id, risk="high"
    )
    await escalation.set_aside(tx, asked)
    return asked.id


async def _requeue(tx: AsyncSession, run: Run, bead: Bead, ending: Ending, settings: Settings) -> str:
    """Back in the queue with the reason on it; after too many hops a person is asked instead."""
    if bead.hops >= settings.dispatch.max_hops:
        return await ask_after_hops(tx, bead, run)
    rest = rest_after(bead.hops, settings.dispatch, lost=ending.reason == TerminalReason.LEASE_LOST)
    bead.not_before = ahead(rest) if rest else None
    await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=ending.message)
    return ""


async def _ask_for_review(tx: AsyncSession, run: Run, bead: Bead, roles: Sequence[str]) -> str:
    await passes.supersede(tx, bead.id)
    asked = await _ask(tx, run, bead, review_of(run), to_agents=not roles)
    await passes.ask(tx, await decisions.get(tx, asked), roles)
    return asked


async def _ask(tx: AsyncSession, run: Run, bead: Bead, question: Question, *, to_agents: bool = True) -> str:
    decision = await decisions.open_decision(
        tx, kind=question.kind, bead=bead, run_id=run.id, question=question.text,
        requester_id=run.agent_id, returned_to=question.returned_to, options=question.options,
        recommendation=question.recommendation, risk=question.risk, default_option=question.default_option,
        deadline=question.deadline, context={**_so_far(run), **question.context}, to_agents=to_agents,
    )  # fmt: skip
    await escalation.set_aside(tx, decision)
    return decision.id


def _so_far(run: Run) -> dict[str, Any]:
    """What whoever answers wants to see of the run: what it changed and what it cost. The run has the rest."""
    told = {"turns": run.turn_count, "cost_micros": run.cost_micros, "diff": run.diff[:MOST_DIFF]}
    return {name: value for name, value in told.items() if value}


async def end_expired(tx: AsyncSession, found: lease.Held, settings: Settings) -> None:
    """Ends what an expired lease was for: its run is lost and its bead open again; a claim without a run just ends."""
    run = await tx.get(Run, found.run_id) if found.run_id else None
    if run is None or run.ended_at is not None:
        if await lease.release(tx, found.bead_id, found.token):
            await _reopen_unheld(tx, found)
        return
    if run.paired_with:
        await rest(tx, run, CUT_OFF)
        return
    message = "The process that worked on it went away and its lease ran out; nothing of it was kept."
    await end(tx, run, Ending(TerminalReason.LEASE_LOST, message), settings)


async def _reopen_unheld(tx: AsyncSession, found: lease.Held) -> None:
    bead = await tx.get(Bead, found.bead_id, populate_existing=True)
    if bead is not None and bead.status == BeadStatus.IN_PROGRESS:
        reason = f"The claim of {found.holder} ran out."
        await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=reason)
