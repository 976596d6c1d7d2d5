"""Claiming a bead by hand over the API: the same lease as a run's, only longer and without a run."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.runs import lease


async def claim(tx: AsyncSession, bead_id: str, agent_id: str, *, settings: Settings, actor: Actor) -> lease.Held:
    """Takes the bead for `agent_id` (empty: for the one who asks).

    Raises NotFound for an unknown bead or agent, Conflict while another holds it or it is not open or is blocked.
    """
    bead = await beads.get(tx, bead_id, actor=actor)
    holder = agent_id or actor.id
    if agent_id and agent_id != actor.id:
        await agents.get(tx, agent_id, actor=actor)
    await lease.take(tx, bead_id, holder=holder, seconds=settings.runs.claim_seconds)
    await beads.start(tx, bead_id, holder=holder, actor=actor)
    held = await lease.of(tx, bead_id)
    assert held is not None
    data = {"agent_id": holder, "expires_at": held.as_json()["expires_at"]}
    append(tx, "bead.claimed", actor=actor, project_id=bead.project_id, subject_id=bead_id, data=data)
    return held
