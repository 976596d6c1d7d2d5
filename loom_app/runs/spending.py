"""What the runs of a project have cost, by day and by agent."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.clock import now
from loom_app.runs.models import Run


class Spent(BaseModel):
    """Runs and their cost in micro-dollars; of unpriced ones nobody knows it."""

    runs: int = 0
    cost_micros: int = 0
    unpriced: int = Field(0, description="How many of the runs took tokens of a model without a price.")
    tokens: int = 0

    def add(self, runs: int, cost: int, unpriced: int, tokens: int) -> None:
        """Counts more."""
        self.runs, self.cost_micros = self.runs + runs, self.cost_micros + cost
        self.unpriced, self.tokens = self.unpriced + unpriced, self.tokens + tokens


class SpentOnDay(Spent):
    """What a day (UTC) took."""

    day: str


class SpentByAgent(Spent):
    """What an agent took."""

    agent_id: str


class Spending(Spent):
    """What a project's runs took in all, in the last days, and by whom."""

    by_day: list[SpentOnDay]
    by_agent: list[SpentByAgent]


async def spending(tx: AsyncSession, project_id: str, days: int) -> Spending:
    """What the project took; `by_day` has every one of the last `days` days, oldest first, `by_agent` the whole."""
    tokens = col(Run.tokens_input) + col(Run.tokens_output)
    of_project = col(Run.project_id) == project_id
    unpriced = func.count().filter(col(Run.cost_micros).is_(None), tokens > 0)
    sums = (
        func.count(),
        func.coalesce(func.sum(col(Run.cost_micros)), 0),
        unpriced,
        func.coalesce(func.sum(tokens), 0),
    )
    query = select(col(Run.agent_id), *sums).where(of_project).group_by(col(Run.agent_id))
    found = Spending(by_day=await _by_day(tx, project_id, days), by_agent=[])
    rows: Sequence[Any] = (await tx.execute(query)).all()
    for agent_id, runs, cost, of_no_price, used in rows:
        one = SpentByAgent(agent_id=agent_id)
        for part in (one, found):
            part.add(runs, int(cost), of_no_price, int(used))
        found.by_agent.append(one)
    found.by_agent.sort(key=lambda agent: (-agent.cost_micros, -agent.runs, agent.agent_id))
    return found


async def _by_day(tx: AsyncSession, project_id: str, days: int) -> list[SpentOnDay]:
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=days - 1)
    by_day = {(since + timedelta(days=step)).date(): SpentOnDay(day="") for step in range(days)}
    columns: tuple[Any, ...] = (Run.created_at, Run.cost_micros, Run.tokens_input, Run.tokens_output)
    query = select(*columns).where(col(Run.project_id) == project_id, col(Run.created_at) >= since)
    rows: Sequence[Any] = (await tx.execute(query)).all()
    for moment, cost, given, taken in rows:
        if moment.date() in by_day:
            by_day[moment.date()].add(1, cost or 0, int(cost is None and given + taken > 0), given + taken)
    return [one.model_copy(update={"day": day.isoformat()}) for day, one in by_day.items()]
