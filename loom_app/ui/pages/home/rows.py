"""What the first page shows, read in one go."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.auth.models import User
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.tables import BEADS, deleted, unindexed
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.events import repository as events
from loom_app.events.visibility import visible_to
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.money import dollars
from loom_app.kernel.scope import within
from loom_app.projects.models import Project
from loom_app.providers.models import WORKING, Provider
from loom_app.providers.visibility import shown_to
from loom_app.runs.models import Run
from loom_app.ui.events import Said, say

MOST_RUNS, MOST_DECISIONS, MOST_EVENTS, LOOK_BACK = 20, 5, 15, 200


@dataclass
class Counts:
    """How many beads stand where."""

    open: int = 0
    in_progress: int = 0
    blocked: int = 0
    done: int = 0


@dataclass
class LiveRun:
    """A run that is on; `since` is RFC 3339."""

    id: str
    bead_id: str
    title: str
    agent: str
    turn: int
    cost: str
    since: str
    is_demo: bool


@dataclass
class Waiting:
    """A decision that waits; `deadline` is RFC 3339."""

    id: str
    title: str
    bead_id: str
    risk: str
    asked_at: str


@dataclass
class Spend:
    """What all runs have cost so far, in words."""

    cost: str = ""
    tokens: str = ""
    runs: int = 0
    unpriced: int = 0


async def providers(tx: AsyncSession, actor: Actor) -> tuple[int, int]:
    """How many providers `actor` sees, and how many of them work."""
    statuses = list((await tx.execute(select(col(Provider.status)).where(shown_to(actor)))).scalars())
    return len(statuses), sum(status in WORKING for status in statuses)


async def projects(tx: AsyncSession, actor: Actor) -> int:
    """How many projects `actor` sees."""
    seen = select(func.count()).select_from(Project).where(within(actor, col(Project.id)))
    return int((await tx.execute(seen)).scalar_one())


async def counts(tx: AsyncSession, actor: Actor) -> Counts:
    """Beads per status, deleted ones left out: by two indexes, for no one index knows what is deleted and what not."""
    project, status = col(Bead.project_id), col(Bead.status)
    everything = select(status, func.count()).where(within(actor, project)).group_by(project, status)
    gone = select(status, func.count()).where(deleted(BEADS), within(actor, unindexed(project))).group_by(status)
    found = dict.fromkeys(BeadStatus, 0)
    for at, count in await tx.execute(everything):
        found[BeadStatus(at)] += count
    for at, count in await tx.execute(gone):
        found[BeadStatus(at)] -= count
    return Counts(**{name.value: count for name, count in found.items()})


async def live_runs(tx: AsyncSession, actor: Actor) -> list[LiveRun]:
    """The runs that are on, oldest first."""
    query = (
        select(
            col(Run.id), col(Run.bead_id), col(Bead.title), col(Agent.name), col(Run.turn_count), col(Run.cost_micros),
            col(Run.created_at), col(Project.is_demo),
        )
        .join(Bead, col(Bead.id) == col(Run.bead_id))
        .join(Project, col(Project.id) == col(Run.project_id))
        .outerjoin(Agent, col(Agent.id) == col(Run.agent_id))
        .where(col(Run.ended_at).is_(None), within(actor, col(Run.project_id)))
        .order_by(col(Run.created_at))
        .limit(MOST_RUNS)
    )  # fmt: skip
    return [
        LiveRun(
            id=row.id, bead_id=row.bead_id, title=row.title, agent=row.name or "An agent", turn=row.turn_count,
            cost=dollars(row.cost_micros) if row.turn_count else "nothing yet", since=rfc3339(row.created_at),
            is_demo=row.is_demo,
        )
        for row in await tx.execute(query)
    ]  # fmt: skip


async def decisions(tx: AsyncSession, actor: Actor) -> list[Waiting]:
    """The open decisions whose deadline is nearest."""
    waiting = (col(Decision.status) == DecisionStatus.OPEN, within(actor, col(Decision.project_id)))
    query = select(Decision).where(*waiting).order_by(col(Decision.deadline)).limit(MOST_DECISIONS)
    found = (await tx.execute(query)).scalars()
    return [Waiting(row.id, row.title, row.bead_id, row.risk, rfc3339(row.created_at)) for row in found]


async def spend(tx: AsyncSession, actor: Actor) -> Spend:
    """Cost and tokens of every run so far."""
    columns = (
        func.sum(col(Run.cost_micros)), func.sum(col(Run.tokens_input)), func.sum(col(Run.tokens_output)),
        func.count(), func.count(col(Run.cost_micros)),
    )  # fmt: skip
    query = select(*columns).where(within(actor, col(Run.project_id)))
    cost, given, got, runs, priced = (await tx.execute(query)).one()
    if not runs:
        return Spend()
    words = f"{int(given or 0):,} tokens in, {int(got or 0):,} out"
    return Spend(dollars(None if cost is None else int(cost)), words, runs, runs - priced)


async def latest(tx: AsyncSession, actor: Actor) -> list[Said]:
    """The newest events worth telling that `actor` may see, newest first."""
    found = await events.newest(tx, visible_to(actor), limit=LOOK_BACK)
    ids = {event.actor_id for event in found}
    agents = await tx.execute(select(col(Agent.id), col(Agent.name)).where(col(Agent.id).in_(ids)))
    users = await tx.execute(select(col(User.id), col(User.username)).where(col(User.id).in_(ids)))
    names: dict[str, str] = {row[0]: row[1] for row in [*agents, *users]}
    told = (say(event, names) for event in found)
    return [said for said in told if said is not None][:MOST_EVENTS]
