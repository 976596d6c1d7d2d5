"""Claiming a bead by hand over the API: the same lease as a run's, only longer and without a run."""

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.runs import lease
from loom_app.runs.ending import end_expired


async def claim(tx: AsyncSession, bead_id: str, agent_id: str, *, settings: Settings, actor: Actor) -> lease.Held:
    """Takes the bead for `agent_id`, an agent of its project (empty: for the one who asks).

    A lease that ran out is ended first. Raises NotFound for an unknown bead or agent, Invalid for an agent of another
    project, Conflict while somebody holds it (saying who, whether alive, until when) or it is not open or is blocked.
    """
    bead = await beads.get(tx, bead_id, actor=actor)
    holder = await _holder(tx, bead, agent_id, actor)
    over = await lease.expired_on(tx, bead_id)
    if over is not None:
        await end_expired(tx, over, settings)
    try:
        await lease.take(tx, bead_id, holder=holder, seconds=settings.runs.claim_seconds)
    except lease.BeadHeld as taken:
        raise await _held(tx, taken.held, holder, actor) if taken.held else taken from taken
    await beads.start(tx, bead_id, holder=holder, actor=actor)
    held = await lease.of(tx, bead_id)
    assert held is not None
    data = {"agent_id": holder, "expires_at": held.as_json()["expires_at"]}
    append(tx, "bead.claimed", actor=actor, project_id=bead.project_id, subject_id=bead_id, data=data)
    return held


async def _holder(tx: AsyncSession, bead: Bead, agent_id: str, actor: Actor) -> str:
    """Who is to have the bead: the asker, under their id or name, or an agent of its project."""
    if agent_id in ("", actor.id, actor.name):
        return actor.id
    agent = await agents.get(tx, agent_id, actor=actor)
    if agent.project_id != bead.project_id:
        raise Invalid(
            f"{agent.name} ({agent.id}) works for the project {agent.project_id!r}, and {bead.id} is a bead of "
            f"{bead.project_id!r}. Name an agent of that project; GET /api/v1/agents?project_id={bead.project_id} "
            "lists them.",
            code="agent_elsewhere",
        )
    return agent.id


async def _held(tx: AsyncSession, held: lease.Held, wanted: str, actor: Actor) -> Conflict:
    who = (await beads.names(tx, [held.holder], actor)).told(held.holder)
    told = held.as_json()
    by = "run" if held.run_id else "claim"
    already = "already " if held.holder == wanted else ""
    return Conflict(
        f"{held.bead_id} is {already}held by {who} until {told['expires_at']}; the {by} is alive"
        + (f" ({held.run_id}) and renews itself." if held.run_id else ".")
        + " Wait for its end or take another bead.",
        code="bead_held",
        **told,
    )
