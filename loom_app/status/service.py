"""The state of the whole system, put together from what every room and the supervisor know."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.kernel import sealed
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.crypto import Vault
from loom_app.kernel.scope import within
from loom_app.providers.models import WORKING, Provider
from loom_app.providers.visibility import shown_to
from loom_app.runs.models import Run, RunStatus
from loom_app.supervisor import status as supervisor
from loom_app.supervisor.halted import Halt

FAILURES = 10
MOST_LOCKED = 20
READY_SHOWN = 200
MOST_FULL = 3
"""How many full columns one sentence names."""


@dataclass(frozen=True)
class Queue:
    """How many beads stand where. `ready` counts at most 200."""

    ready: int
    open: int
    in_progress: int
    blocked: int
    done: int


@dataclass(frozen=True)
class State:
    """Whether work is given out, and if not, why, in a sentence."""

    state: str
    reason: str
    updated_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The state as the API shows it."""
        return asdict(self) | {"updated_at": rfc3339(self.updated_at)}


async def state(tx: AsyncSession, actor: Actor, halt: Halt | None = None) -> State:
    """As far as `actor` sees it: `active` while there is a provider and an agent to work, else `parked`.

    `halt` is the program that does not run, if any.
    """
    if halt is not None:
        return State("parked", halt.why, halt.since)
    providers = (
        await tx.execute(
            select(col(Provider.name), col(Provider.status), col(Provider.last_heartbeat_error)).where(shown_to(actor))
        )
    ).all()
    if not any(row.status in WORKING for row in providers):
        return State("parked", _no_provider(providers), now())
    mine = within(actor, col(Agent.project_id))
    counted = select(col(Agent.status), func.count()).where(mine).group_by(col(Agent.status))
    agents = {status: count for status, count in await tx.execute(counted)}  # noqa: C416 - dict() of rows has no types
    if not agents:
        return State("parked", "There are no agents yet. Add some on the Agents page.", now())
    if not agents.get(AgentStatus.IDLE) and not agents.get(AgentStatus.WORKING):
        return State("parked", "Every agent is paused. Resume one on the Agents page.", now())
    return State("active", await _what_is_on(tx, actor, agents), now())


async def queue(tx: AsyncSession, actor: Actor) -> Queue:
    """The beads `actor` sees by where they stand."""
    mine = (within(actor, col(Bead.project_id)), col(Bead.source_status) != TOMBSTONE)
    counted = select(col(Bead.status), func.count()).where(*mine).group_by(col(Bead.status))
    by = {status: count for status, count in await tx.execute(counted)}  # noqa: C416 - dict() of rows has no types
    ready = len(await beads.ready(tx, None, now(), READY_SHOWN, actor=actor))
    return Queue(
        ready=ready,
        open=by.get(BeadStatus.OPEN, 0),
        in_progress=by.get(BeadStatus.IN_PROGRESS, 0),
        blocked=by.get(BeadStatus.BLOCKED, 0),
        done=by.get(BeadStatus.DONE, 0),
    )


async def last_failures(tx: AsyncSession, actor: Actor) -> list[dict[str, Any]]:
    """The newest runs that ended badly, newest first."""
    columns = (Run.id, Run.bead_id, Run.agent_id, Run.status, Run.terminal_reason, Run.message, Run.ended_at)
    query = (
        select(*map(col, columns))
        .where(col(Run.status).in_((RunStatus.FAILED, RunStatus.LOST)), within(actor, col(Run.project_id)))
        .order_by(col(Run.ended_at).desc())
        .limit(FAILURES)
    )
    return [row._asdict() | {"ended_at": rfc3339(row.ended_at)} for row in (await tx.execute(query)).all()]


async def locked_secrets(tx: AsyncSession, vault: Vault, actor: Actor) -> dict[str, Any]:
    """How many stored secrets the present master key does not open, and to administrators which ones."""
    found = await sealed.locked(tx, vault)
    shown = found[:MOST_LOCKED] if actor.may("system:admin") else []
    return {"count": len(found), "first": [f"{one.place} of {one.subject}" for one in shown]}


def processes(data_dir: Path) -> list[dict[str, Any]]:
    """What the supervisor says of each process; empty when Loom was not started by `loom up`."""
    return [asdict(process) for process in supervisor.read(data_dir)]


async def _what_is_on(tx: AsyncSession, actor: Actor, agents: dict[str, int]) -> str:
    waiting = await queue(tx, actor)
    if not waiting.ready and not waiting.in_progress:
        return "Nothing is ready to be worked on."
    full = [f" {column}; its ready beads wait." for column in await beads.full_in_progress(tx, actor)]
    shown = "".join(full[:MOST_FULL]) if waiting.ready else ""
    return f"{agents.get(AgentStatus.WORKING, 0)} agents at work, {waiting.ready} beads ready.{shown}"


def _no_provider(providers: Any) -> str:
    if not providers:
        return "No provider is registered. Connect one, or load the demo, on the home page."
    first = providers[0]
    why = first.last_heartbeat_error.rstrip(".") or "it has not been checked yet"
    return f"{first.name} is {first.status}: {why}."
