"""Removing a project: by itself when nothing is left in it, with all its work when somebody says so.

The event log keeps what was done in it; rows, texts and files go.
"""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead, Lease
from loom_app.beads.settling import may_be_held_by, settle
from loom_app.decisions import service as decisions
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.projects import service as projects
from loom_app.runs.models import Run

OWNED = (Decision, Run, Bead, Agent)
"""What goes with the project and holds on to it, in an order that leaves nothing pointing nowhere."""


async def remove(tx: AsyncSession, project_id: str, *, everything: bool = False, actor: Actor) -> None:
    """Removes a project; with `everything` also one with beads, agents and open decisions, which go with it.

    Raises NotFound, and Conflict for a sticky project, for one at work, and without `everything` for one with work.
    """
    await projects.get_to_close(tx, project_id, actor=actor)
    left = await projects.check_can_go(tx, project_id)
    if left and not everything:
        raise Conflict(
            f"Project {project_id!r} still has {left}. Close it to keep them (POST …/close), or remove it with all of "
            "that for good: DELETE …?everything=true. What was done stays in the event log either way.",
            code="project_in_use",
            left=left,
        )
    await _refuse_at_work(tx, project_id)
    await _remove_work(tx, project_id, actor)
    await projects.delete(tx, project_id, actor=actor, removed=left)


async def _refuse_at_work(tx: AsyncSession, project_id: str) -> None:
    held = select(func.count()).select_from(Lease).join(Bead, col(Bead.id) == col(Lease.bead_id))
    here = held.where(col(Bead.project_id) == project_id, col(Lease.holder) != "")
    if count := (await tx.execute(here)).scalar_one():
        beads = "1 bead is" if count == 1 else f"{count} beads are"
        raise Conflict(
            f"{beads} worked on in {project_id!r}. Cancel those runs, or close the project and wait a moment until "
            "they have stopped; then remove it.",
            code="project_working",
        )


async def _remove_work(tx: AsyncSession, project_id: str, actor: Actor) -> None:
    """Whoever waits for an answer or a bead of the project waits no longer."""
    of_project = col(Decision.project_id) == project_id
    waiting = select(col(Decision.id)).where(of_project, col(Decision.status) == DecisionStatus.OPEN)
    for decision_id in (await tx.execute(waiting)).scalars().all():
        await decisions.cancel(tx, decision_id, reason="Its project was removed.", actor=actor)
    beads = set((await tx.execute(select(col(Bead.id)).where(col(Bead.project_id) == project_id))).scalars())
    elsewhere = await may_be_held_by(tx, beads) - beads
    for owned in OWNED:
        await tx.execute(delete(owned).where(col(owned.project_id) == project_id))
    tx.expire_all()
    await settle(tx, elsewhere, actor)
