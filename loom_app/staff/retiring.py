"""How an agent goes: whatever waits for it alone is handed back first, and a run of it is stopped, not lost."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents import team
from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import BeadStatus
from loom_app.decisions import deputies, passes
from loom_app.filelocks import service as filelocks
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.runs import lease
from loom_app.runs import service as runs
from loom_app.runs.models import LIVE
from loom_app.staff import repository


async def retire(tx: AsyncSession, agent_id: str, *, reason: str = "", actor: Actor) -> Agent:
    """Ends an agent's work for good. Its seat is free at once, beads, claims and questions it alone had are others'.

    A run that is on is asked to stop; its bead is open again then and the agent complete. One that is complete stays
    so. Raises NotFound.
    """
    agent = await agents.get(tx, agent_id, actor=actor, to_change=True)
    if agent.status == AgentStatus.COMPLETE:
        return agent
    because = f"{actor.name} let it go{f': {reason}' if reason else '.'}"
    await hand_back(tx, agent, actor=actor)
    await _stop(tx, agent, actor)
    await agents.let_go(tx, agent, because=because, actor=actor)
    return agent


async def delete(tx: AsyncSession, agent_id: str, *, actor: Actor) -> None:
    """Takes an agent off the books. Raises NotFound, and Conflict while it works."""
    agent = await agents.get(tx, agent_id, actor=actor, to_change=True)
    if agent.status != AgentStatus.WORKING:
        await hand_back(tx, agent, actor=actor)
    await team.delete(tx, agent_id, actor=actor)


async def hand_back(tx: AsyncSession, agent: Agent, *, actor: Actor) -> None:
    """Gives back what waits for this agent alone: beads kept for it, claims by hand, questions it was to answer."""
    await passes.hand_back(tx, agent)
    await deputies.hand_back(tx, agent, actor=actor)
    await team.hand_back(tx, agent, actor)
    for held in await lease.claimed_by(tx, agent.id):
        if not await lease.release(tx, held.bead_id, held.token):
            continue
        await filelocks.give_back_all(tx, held.bead_id, agent.id, actor=SYSTEM)
        bead = await beads.get_to_change(tx, held.bead_id, SYSTEM)
        if bead.status == BeadStatus.IN_PROGRESS:
            why = f"{agent.name}, who had claimed it, was let go."
            await beads.set_status(tx, bead.id, BeadStatus.OPEN, actor=SYSTEM, reason=why)


async def _stop(tx: AsyncSession, agent: Agent, actor: Actor) -> None:
    run_id = await repository.live_run(tx, agent.id) if agent.status == AgentStatus.WORKING else None
    if run_id and (await runs.get(tx, run_id)).status in LIVE:
        await runs.cancel(tx, run_id, actor=actor)
