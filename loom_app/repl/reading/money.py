"""Reading money: what was spent, and what may be."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import Field

from loom_app.beads import service as beads
from loom_app.budgets import service as budgets
from loom_app.budgets import views
from loom_app.kernel.clock import now
from loom_app.kernel.money import dollars, dollars_known
from loom_app.projects import service as projects
from loom_app.repl.found import Found, Link, agent_link, plain, project_link
from loom_app.repl.reading.tool import Arguments, Asking, ProjectId, Tool
from loom_app.runs.spending import spending

MOST = 20
PAGE = Link("Budgets", "/budgets")


class ReadCosts(Arguments):
    """What calls to models have cost: today, in the last days, by project; of one project also by agent."""

    project_id: str = ProjectId
    days: int = Field(30, ge=1, le=366)


class ListBudgets(Arguments):
    """The budgets: limit, used, left, and how long each lasts."""

    project_id: str = ProjectId


async def read_costs(asking: Asking, wanted: ReadCosts) -> Found:
    """What was spent."""
    zone = ZoneInfo(asking.settings.budgets.time_zone)
    today = now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    since = now() - timedelta(days=wanted.days)
    if wanted.project_id:
        return await _of_project(asking, wanted.project_id, wanted.days, today, since)
    seen = await projects.every(asking.tx, actor=asking.actor)
    costs = [(await _sum(asking, since, one.id), one) for one in seen[:100]]
    costs.sort(key=lambda pair: -pair[0][0])
    links = [project_link(one.id, one.name) for _, one in costs[:MOST]]
    lines = [f"{link.markdown}: {_said(cost)}" for link, (cost, _) in zip(links, costs, strict=False)]
    return Found(
        f"Today {_said(await _sum(asking, today))}, in the last {wanted.days} days "
        f"{_said(await _sum(asking, since))}. By project in that time ({PAGE.markdown}):",
        lines, [*links, PAGE], len(costs) - len(links),
    )  # fmt: skip


async def _of_project(asking: Asking, project_id: str, days: int, today: datetime, since: datetime) -> Found:
    project = await projects.get(asking.tx, project_id, actor=asking.actor)
    link = project_link(project.id, project.name)
    found = await spending(asking.tx, project.id, days)
    first = found.by_agent[:MOST]
    called = await beads.names(asking.tx, [one.agent_id for one in first], asking.actor)
    links = [agent_link(one.agent_id, called.of(one.agent_id) or "") for one in first]
    lines = [
        f"{who.markdown}: {dollars_known(one.cost_micros, one.unpriced)} in {one.runs} runs"
        for who, one in zip(links, first, strict=True)
    ]
    return Found(
        f"{link.markdown}: today {_said(await _sum(asking, today, project.id))}, in the last {days} days "
        f"{_said(await _sum(asking, since, project.id))}. All its runs by agent:",
        lines, [link, *links], len(found.by_agent) - len(first),
    )  # fmt: skip


async def _sum(asking: Asking, since: datetime, project_id: str | None = None) -> tuple[int, int]:
    """Micro-dollars, and of how many calls nobody knows the cost."""
    sums = await budgets.call_sums(asking.tx, asking.actor, {"project_id": project_id}, since=since)
    return int(sums.cost_micros), int(sums.unpriced)


def _said(cost: tuple[int, int]) -> str:
    known, unpriced = cost
    if unpriced and not known:
        return f"{unpriced} calls without a price"
    return dollars(known) + (f" and {unpriced} calls without a price" if unpriced else "")


async def list_budgets(asking: Asking, wanted: ListBudgets) -> Found:
    """What may be spent."""
    narrowed = {"project_id": wanted.project_id or None}
    rows, total = await budgets.page(asking.tx, asking.actor, narrowed, MOST, 0)
    if not rows:
        return Found(f"No budget is set. {PAGE.markdown} is where one can be.", (), [PAGE])
    shown = await views.shown(asking.tx, rows, asking.settings.budgets, asking.actor)
    lines = [
        f"{one.window} of {one.scope} {plain(one.scope_name)}: {one.used} of {one.limit} used, {one.left} left."
        f"{' It is used up, and work waits.' if one.stopped_at else ''} {one.forecast.sentence if one.forecast else ''}"
        for one in shown
    ]
    return Found(f"{PAGE.markdown}, the wide ones first:", lines, [PAGE], total - len(rows))


TOOLS = (
    Tool("read_costs", "projects:read", ReadCosts, read_costs, "Adding up costs"),
    Tool("list_budgets", "projects:read", ListBudgets, list_budgets, "Looking at the budgets"),
)
