"""The reporting lines of a project's org chart, as it stands now."""

from collections.abc import Iterator, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.kernel.errors import NotFound
from loom_app.orgchart.schemas import OrgChartView, PositionView

FIRST_BELOW = "decision-maker"


async def place_of(tx: AsyncSession, chart: OrgChartView | None, who: str) -> str:
    """The position of an agent, or of its role; "" for people, who stand above the chart, and for who is gone."""
    if chart is None or not who.startswith("agent-"):
        return ""
    try:
        agent = await agents.get(tx, who)
    except NotFound:
        return ""
    by_role = (position.id for position in chart.positions if position.role_name == agent.role)
    return agent.position_id or next(by_role, "")


def above(chart: OrgChartView | None, place: str) -> Iterator[PositionView]:
    """The superior of a position, theirs, and so on to the top."""
    by_id: Mapping[str, PositionView] = {position.id: position for position in chart.positions} if chart else {}
    seen = {place}
    while place in by_id and by_id[place].reports_to not in seen:
        place = by_id[place].reports_to
        seen.add(place)
        if place in by_id:
            yield by_id[place]


def below(chart: OrgChartView | None, place: str) -> Iterator[PositionView]:
    """Everybody under a position: decision-makers first, then level by level."""
    seen, level, every = {place}, [place], list[PositionView]()
    while level and chart:
        found = [one for one in chart.positions if one.reports_to in level and one.id not in seen]
        every += found
        level = [one.id for one in found]
        seen.update(level)
    yield from sorted(every, key=lambda one: one.role_name != FIRST_BELOW)
