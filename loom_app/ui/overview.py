"""What is true of Loom as a whole at this moment, read for the frame and the first page."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import Project
from loom_app.providers.models import WORKING, Provider, ProviderStatus
from loom_app.providers.visibility import shown_to


@dataclass(frozen=True)
class Pulse:
    """How many of what there is. `statuses` are those of the providers."""

    statuses: tuple[str, ...]
    agents: int
    working: int
    open_decisions: int
    has_demo: bool

    def provider(self) -> tuple[str, str]:
        """Whether work can be done, in words, and a tone for the dot."""
        if any(status in WORKING for status in self.statuses):
            return "Provider active", "good"
        if ProviderStatus.PENDING in self.statuses:
            return "Provider being checked", "work"
        return ("Provider down", "bad") if self.statuses else ("No provider", "bad")


async def pulse(tx: AsyncSession, actor: Actor) -> Pulse:
    """The present state as far as `actor` sees it, in four small queries."""
    mine = within(actor, col(Agent.project_id))
    by_status = select(col(Agent.status), func.count()).where(mine).group_by(col(Agent.status))
    agents = {row[0]: row[1] for row in await tx.execute(by_status)}
    waiting = (
        select(func.count())
        .select_from(Decision)
        .where(col(Decision.status) == DecisionStatus.OPEN, within(actor, col(Decision.project_id)))
    )
    demos = select(func.count()).select_from(Project).where(col(Project.is_demo), within(actor, col(Project.id)))
    return Pulse(
        statuses=tuple((await tx.execute(select(col(Provider.status)).where(shown_to(actor)))).scalars()),
        agents=sum(agents.values()),
        working=agents.get(AgentStatus.WORKING, 0),
        open_decisions=(await tx.execute(waiting)).scalar_one(),
        has_demo=(await tx.execute(demos)).scalar_one() > 0,
    )
