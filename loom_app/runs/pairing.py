"""A person and an agent at one bead: a run that the person leads, with the bead while an answer is on, else at rest."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.git.names import branch_name
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict
from loom_app.kernel.ids import new_id
from loom_app.providers.models import Provider
from loom_app.runs import lease, repository
from loom_app.runs.ending import end_expired
from loom_app.runs.models import Run, RunStatus, TerminalReason

GOING_ON = (TerminalReason.PAIRED, TerminalReason.TAKEN_OVER)
"""A run at rest for one of these may be gone on with."""


async def take(
    tx: AsyncSession, bead: Bead, agent: Agent, provider: Provider, *, person: Actor, settings: Settings
) -> Run:
    """The live run of `person` with `agent` at the bead, the one before or a new one, with the bead in its hands.

    Raises Conflict (code `bead_held` or `pair_busy`) while somebody has the bead.
    """
    await _clear(tx, bead, person, settings)
    run = await _to_go_on(tx, bead, agent, person)
    run_id = run.id if run else new_id("run")
    try:
        token = await lease.take(tx, bead.id, holder=person.id, run_id=run_id, seconds=settings.runs.lease_seconds)
    except lease.BeadHeld as taken:
        raise await _held(tx, taken, person) from taken
    if run is None:
        run = await _new(tx, run_id, bead, agent, person)
        tx.add(run)
    run.provider_id, run.model, run.token = provider.id, provider.model, token
    run.status, run.ended_at, run.message, run.cancel_requested = RunStatus.RUNNING, None, "", False
    await tx.flush()
    return run


async def newest(tx: AsyncSession, bead_id: str, person_id: str, agent_id: str = "") -> Run | None:
    """The run that the person led last at the bead, with any agent or with `agent_id`."""
    query = select(Run).where(col(Run.bead_id) == bead_id, col(Run.paired_with) == person_id)
    query = query.where(col(Run.conversation_deleted_at).is_(None))
    if agent_id:
        query = query.where(col(Run.agent_id) == agent_id)
    latest = query.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(1)
    return (await tx.execute(latest.execution_options(populate_existing=True))).scalars().first()


def why_unchanged(bead: Bead, person: Actor) -> str:
    """Why nothing is changed for the person here, in a sentence; empty where things may be."""
    if not person.may("beads:write"):
        return "Changing files and running commands needs the permission beads:write, which you do not have."
    theirs = bead.status == BeadStatus.IN_PROGRESS and bead.assigned_to == person.id
    if theirs or bead.status == BeadStatus.OPEN:
        return ""
    if bead.status == BeadStatus.IN_PROGRESS:
        return f"{bead.id} is in progress with somebody else, whose work nothing here changes."
    return f"{bead.id} is {bead.status}: nothing is changed before it is open again."


def has_work(run: Run, bead: Bead) -> bool:
    """Whether the run at rest has changes that are still in its person's hands."""
    theirs = bead.status == BeadStatus.IN_PROGRESS and bead.assigned_to == run.paired_with
    return run.status == RunStatus.WAITING and run.terminal_reason == TerminalReason.TAKEN_OVER and theirs


async def begin_changes(tx: AsyncSession, run_id: str, person: Actor) -> None:
    """Makes the bead the person's before the first change. Raises Conflict where that cannot be."""
    run = await tx.get_one(Run, run_id)
    bead = await tx.get_one(Bead, run.bead_id, populate_existing=True)
    why = why_unchanged(bead, person)
    if why:
        raise Conflict(why, code="pair_reads_only")
    if bead.status == BeadStatus.OPEN:
        await beads.start(tx, bead.id, holder=person.id, actor=person, why="changed while pairing")
    run.terminal_reason, run.taken_by = TerminalReason.TAKEN_OVER, person.id
    run.branch = run.branch or branch_name(bead.id, bead.title)


async def _to_go_on(tx: AsyncSession, bead: Bead, agent: Agent, person: Actor) -> Run | None:
    """The run before, unless it came to an end or others have worked on the bead since."""
    run = await newest(tx, bead.id, person.id, agent.id)
    if run is None or run.status != RunStatus.WAITING or run.terminal_reason not in GOING_ON:
        return None
    later = select(col(Run.id)).where(
        col(Run.bead_id) == bead.id, col(Run.created_at) > run.created_at, repository.WORKED
    )
    return None if (await tx.execute(later.limit(1))).first() else run


async def _new(tx: AsyncSession, run_id: str, bead: Bead, agent: Agent, person: Actor) -> Run:
    last = await repository.last_ended(tx, bead.id)
    return Run(
        id=run_id, bead_id=bead.id, project_id=bead.project_id, agent_id=agent.id, provider_id="", model="", token=0,
        terminal_reason=TerminalReason.PAIRED, paired_with=person.id, paired_name=person.name, started_at=now(),
        branch=last.branch if last and last.status == RunStatus.WAITING else "",
        why=f"{person.name} talks with {agent.name}.",
    )  # fmt: skip


async def _clear(tx: AsyncSession, bead: Bead, person: Actor, settings: Settings) -> None:
    """Ends a lease that ran out, and the person's own claim by hand, which the run stands in for."""
    held = await lease.of(tx, bead.id)
    if held is None:
        return
    over = None if held.alive else await lease.expired_on(tx, bead.id)
    if over is not None:
        await end_expired(tx, over, settings)
    elif held.holder == person.id and not held.run_id:
        await lease.release(tx, bead.id, held.token)


async def _held(tx: AsyncSession, taken: lease.BeadHeld, person: Actor) -> Conflict:
    held = taken.held
    if held is None:
        return taken
    told = held.as_json()
    run = await repository.get(tx, held.run_id) if held.run_id else None
    if run is not None and run.paired_with == person.id:
        return Conflict(
            "The last answer is still on. Stop it with POST /api/v1/pair/{session_id}/stop, or wait for its end; one "
            f"that was cut off is over at {told['expires_at']}.",
            code="pair_busy", session_id=run.id, **told,
        )  # fmt: skip
    who = (await beads.names(tx, [held.holder], person)).told(held.holder)
    doing = f"{run.paired_name} is talking with an agent" if run and run.paired_with else f"{who} works on it"
    return Conflict(
        f"{held.bead_id} is taken: {doing}, until {told['expires_at']} at the least. Wait for the end of that"
        + (", or take the run over." if run and not run.paired_with else "."),
        code="bead_held", **told,
    )  # fmt: skip
