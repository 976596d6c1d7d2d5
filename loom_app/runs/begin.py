"""How a run begins: the bead is claimed, the run recorded and the agent set to work, all or nothing."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, agent_actor
from loom_app.kernel.ids import new_id
from loom_app.providers.models import Provider
from loom_app.runs import lease
from loom_app.runs.models import Run


async def begin(tx: AsyncSession, bead: Bead, agent: Agent, provider: Provider, *, seconds: float, why: str) -> Run:
    """Gives `bead` to `agent`: lease, run, statuses and events in one transaction.

    Raises Conflict when the bead is held, blocked or not open, or the agent is not idle.
    """
    run_id = new_id("run")
    token = await lease.take(tx, bead.id, holder=agent.id, run_id=run_id, seconds=seconds)
    actor = agent_actor(agent.id, agent.name, bead.project_id)
    await beads.start(tx, bead.id, holder=agent.id, actor=actor, why=why)
    await agents.set_working(tx, agent.id, bead_id=bead.id)
    run = Run(
        id=run_id, bead_id=bead.id, project_id=bead.project_id, agent_id=agent.id, provider_id=provider.id,
        model=provider.model, token=token, why=why,
    )  # fmt: skip
    tx.add(run)
    await tx.flush()
    data = {"run_id": run_id, "agent_id": agent.id, "agent": agent.name, "why": why, "token": token}
    append(tx, "run.claimed", actor=SYSTEM, project_id=bead.project_id, subject_id=bead.id, data=data)
    return run
