"""Asking people whether a project that still has work is to be closed. `effects` does what they say."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.decisions.answers import DENY, Kind
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.decisions.opening import open_decision
from loom_app.kernel.actor import Actor
from loom_app.projects.models import Project


async def ask(tx: AsyncSession, project: Project, left: int, comment: str, *, actor: Actor) -> Decision:
    """The question whether to close `project` with `left` beads not done: the one that waits already, else a new one.

    Nobody's answer within the usual time leaves it open.
    """
    waiting = select(Decision).where(
        col(Decision.project_id) == project.id,
        col(Decision.kind) == Kind.CLOSING,
        col(Decision.status) == DecisionStatus.OPEN,
    )
    found = (await tx.execute(waiting.limit(1))).scalars().first()
    if found is not None:
        return found
    beads = "1 bead is" if left == 1 else f"{left} beads are"
    why = f" {actor.name} says: {comment}" if comment else ""
    return await open_decision(
        tx,
        kind=Kind.CLOSING,
        project_id=project.id,
        title=f"Close the project {project.name}?",
        question=f"{beads} not done. Close the project {project.name} all the same? "
        f"Runs under way stop, and what is not done rests until it is opened again.{why}",
        risk="medium",
        default_option=DENY,
        requester_id=actor.id,
        actor=actor,
    )
