"""What agents do now: the one place where their status changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import repository
from loom_app.agents.models import TRANSITIONS, Agent, AgentStatus, PausedBecause
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.orgchart import service as orgchart
from loom_app.providers import service as providers

AFTER_WORK = {
    PausedBecause.NOBODY: AgentStatus.IDLE,
    PausedBecause.PERSON: AgentStatus.PAUSED,
    PausedBecause.PROVIDER: AgentStatus.PAUSED,
    PausedBecause.LEAVING: AgentStatus.COMPLETE,
}
"""What an agent is when its run ends, by who keeps it from work then."""
NO_PROVIDER = "No provider works at present; the agent resumes by itself when one does."


async def get(tx: AsyncSession, agent_id: str, *, actor: Actor = SYSTEM, to_change: bool = False) -> Agent:
    """The agent, if `actor` sees its project; as it is now and kept from others when it is `to_change`.

    Raises NotFound.
    """
    agent = await (repository.locked if to_change else repository.get)(tx, agent_id)
    if agent is None or not actor.sees(agent.project_id):
        raise NotFound(f"There is no agent {agent_id[:100]!r}. GET /api/v1/agents lists them.", code="agent_not_found")
    return agent


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | None], *, words: str = "", limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """Rows of the agents `actor` sees with the columns `asked` and all of `words`, and how many match in all."""
    return await repository.page(tx, actor, asked, words=words, limit=limit, offset=offset)


async def idle(tx: AsyncSession) -> Sequence[Any]:
    """Rows of the agents who can take work, the longest idle first."""
    return await repository.idle(tx)


async def of_project(tx: AsyncSession, project_id: str) -> Sequence[Any]:
    """Rows of the project's agents, those that are complete as well, the longest at rest first."""
    return await repository.team(tx, project_id)


async def set_status(
    tx: AsyncSession,
    agent_id: str,
    status: AgentStatus,
    *,
    because: str = "",
    bead_id: str = "",
    actor: Actor = SYSTEM,
) -> Agent:
    """Moves an agent to `status`; `bead_id` is what it works on then. No change and no event when it is there already.

    Raises Conflict (code `agent_status`) for a move the transition table does not have, or another bead.
    """
    agent = await get(tx, agent_id, actor=actor, to_change=True)
    if agent.status == status and agent.current_bead == bead_id:
        return agent
    _move(tx, agent, status, because=because, bead_id=bead_id, actor=actor)
    return agent


async def set_working(tx: AsyncSession, agent_id: str, *, bead_id: str) -> Agent:
    """Marks an idle agent as at work on a bead. Raises Conflict when it is not idle."""
    return await set_status(tx, agent_id, AgentStatus.WORKING, because="It took up the bead.", bead_id=bead_id)


async def called(tx: AsyncSession, project_id: str, name: str) -> list[str]:
    """The ids of the project's agents who are meant by an id, a name or a role."""
    return await repository.called(tx, project_id, name)


async def name_of(tx: AsyncSession, agent_id: str) -> str:
    """What an agent is called; its id when it is no longer there."""
    agent = await tx.get(Agent, agent_id)
    return agent.name if agent is not None else agent_id


async def set_idle(tx: AsyncSession, agent_id: str, *, because: str = "Its run ended.") -> None:
    """Ends an agent's work: idle again, or paused or complete when somebody asked for that meanwhile.

    An agent that is not at work, or no longer there, is left as it is.
    """
    agent = await repository.locked(tx, agent_id)
    if agent is None or agent.status != AgentStatus.WORKING:
        return
    told = because if agent.paused_because == PausedBecause.NOBODY else agent.status_reason or because
    _move(tx, agent, AFTER_WORK[PausedBecause(agent.paused_because)], because=told, actor=SYSTEM)
    if agent.status == AgentStatus.COMPLETE:
        agent.paused_because = PausedBecause.NOBODY


async def is_leaving(tx: AsyncSession, agent_id: str) -> bool:
    """Whether an agent at work is complete as soon as its run ends."""
    agent = await repository.get(tx, agent_id)
    return agent is not None and agent.paused_because == PausedBecause.LEAVING


async def let_go(tx: AsyncSession, agent: Agent, *, because: str, actor: Actor) -> None:
    """Ends an agent's work for good: it is complete now, or when its run ends; its seat is free at once."""
    agent.position_id = ""
    if agent.status == AgentStatus.WORKING:
        _hold(tx, agent, PausedBecause.LEAVING, because=because, actor=actor)
        return
    agent.paused_because = PausedBecause.NOBODY
    if agent.status != AgentStatus.COMPLETE:
        _move(tx, agent, AgentStatus.COMPLETE, because=because, actor=actor)


async def pause(tx: AsyncSession, agent_id: str, *, actor: Actor) -> Agent:
    """Keeps an agent from new work until somebody resumes it; one at work finishes its run first.

    Raises Conflict for one that is complete, or will be when its run ends.
    """
    agent = await get(tx, agent_id, actor=actor, to_change=True)
    if agent.status == AgentStatus.COMPLETE:
        raise Conflict(f"{agent.name} is complete; there is nothing to pause.", code="agent_status")
    if agent.paused_because == PausedBecause.LEAVING:
        raise Conflict(f"{agent.name} is complete as soon as its run ends; nothing to pause.", code="agent_leaving")
    _hold(tx, agent, PausedBecause.PERSON, because=f"{actor.name} paused it.", actor=actor)
    return agent


async def resume(tx: AsyncSession, agent_id: str, *, actor: Actor) -> Agent:
    """Lets an agent work again. Without a working provider it stays paused, and resumes by itself when there is one."""
    agent = await get(tx, agent_id, actor=actor, to_change=True)
    if agent.paused_because == PausedBecause.LEAVING:
        raise Conflict(
            f"{agent.name} was let go and is complete when its run ends. Resume it then.", code="agent_leaving"
        )
    if agent.status not in (AgentStatus.WORKING, AgentStatus.IDLE) and await providers.working(tx) is None:
        if agent.status == AgentStatus.PAUSED:
            _hold(tx, agent, PausedBecause.PROVIDER, because=NO_PROVIDER, actor=actor)
            return agent
        raise Conflict(f"{agent.name} cannot start again. {NO_PROVIDER}", code="no_provider")
    if agent.status == AgentStatus.COMPLETE and not agent.position_id:
        agent.position_id = await orgchart.free_seat(tx, agent.project_id, agent.role)
    _let_go(tx, agent, because=f"{actor.name} resumed it.", actor=actor)
    return agent


async def start_again(tx: AsyncSession, agent: Agent, *, actor: Actor) -> None:
    """Has a complete agent work again: idle, or paused until a provider works."""
    ready = await providers.working(tx) is not None
    _let_go(tx, agent, because=f"{actor.name} assigned it.", actor=actor)
    if not ready:
        _hold(tx, agent, PausedBecause.PROVIDER, because=NO_PROVIDER, actor=actor)


async def pause_all_for_provider(tx: AsyncSession, because: str) -> None:
    """Pauses everybody nobody has paused yet; those at work pause when their run ends."""
    for agent in await repository.at_work_or_idle(tx):
        _hold(tx, agent, PausedBecause.PROVIDER, because=because, actor=SYSTEM)


async def resume_all_for_provider(tx: AsyncSession) -> None:
    """Lets everybody work again whom only the want of a provider had paused."""
    for agent in await repository.paused_for_provider(tx):
        _let_go(tx, agent, because="A provider works again.", actor=SYSTEM)


def _hold(tx: AsyncSession, agent: Agent, cause: PausedBecause, *, because: str, actor: Actor) -> None:
    if agent.paused_because == cause:
        return
    agent.paused_because, agent.status_reason = cause, because
    if agent.status == AgentStatus.IDLE:
        _move(tx, agent, AgentStatus.PAUSED, because=because, actor=actor)
    else:
        _tell_pause(tx, agent, because, actor)


def _let_go(tx: AsyncSession, agent: Agent, *, because: str, actor: Actor) -> None:
    was_held = agent.paused_because != PausedBecause.NOBODY
    agent.paused_because, agent.status_reason = PausedBecause.NOBODY, because
    if agent.status in (AgentStatus.PAUSED, AgentStatus.COMPLETE):
        _move(tx, agent, AgentStatus.IDLE, because=because, actor=actor)
    elif was_held:
        _tell_pause(tx, agent, because, actor)


def _move(tx: AsyncSession, agent: Agent, to: AgentStatus, *, because: str, actor: Actor, bead_id: str = "") -> None:
    before = AgentStatus(agent.status)
    if to not in TRANSITIONS[before]:
        at_work = f" on {agent.current_bead}" if before == AgentStatus.WORKING else ""
        raise Conflict(f"{agent.name} is {before}{at_work} and cannot become {to}.", code="agent_status")
    data = {"from": before, "to": to, "because": because, "bead_id": bead_id or agent.current_bead, "name": agent.name}
    agent.status, agent.status_reason, agent.current_bead, agent.last_active = to, because, bead_id, now()
    type_ = "agent.completed" if to == AgentStatus.COMPLETE else "agent.status_change"
    append(tx, type_, actor=actor, project_id=agent.project_id, subject_id=agent.id, data=data)


def _tell_pause(tx: AsyncSession, agent: Agent, because: str, actor: Actor) -> None:
    data = {"fields": {"paused_because": agent.paused_because}, "because": because, "name": agent.name}
    append(tx, "agent.updated", actor=actor, project_id=agent.project_id, subject_id=agent.id, data=data)
