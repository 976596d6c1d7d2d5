"""Org charts: every project's is made from the default template when it is first asked for; seats have a capacity."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.orgchart import problems, repository, templates
from loom_app.orgchart.models import OrgChart, Position
from loom_app.orgchart.schemas import OrgChartView, PositionView, position_of, seat_of
from loom_app.projects import service as projects


async def chart_for(tx: AsyncSession, project_id: str) -> OrgChart:
    """The project's chart, made from the default template when there is none. Needs a write transaction.

    Two who ask at once get the same chart. Raises NotFound for an unknown project.
    """
    found = await repository.of_project(tx, project_id)
    if found:
        return found
    project = await projects.get(tx, project_id)
    template = await templates.default(tx)
    chart = OrgChart(
        id=f"orgchart-{project_id}", project_id=project_id, name=f"{project.name} team", parent_id=template.id
    )
    await repository.add_missing(tx, OrgChart, [chart.model_dump()])
    moment = now()
    seats = [position_of(chart.id, seat, rank, moment) for rank, seat in enumerate(templates.seats(template))]
    await repository.add_missing(tx, Position, [seat.model_dump() for seat in seats])
    made = await repository.of_project(tx, project_id)
    assert made
    return made


async def view(tx: AsyncSession, project_id: str) -> OrgChartView | None:
    """The chart with who fills each position and what is wrong, top down; None while nobody asked `chart_for` it."""
    chart = await repository.of_project(tx, project_id)
    if chart is None:
        return None
    positions = await repository.positions(tx, chart.id)
    holders = await repository.holders(tx, project_id)
    seats = [
        PositionView.model_validate(position).model_copy(
            update={"agent_ids": [agent.id for agent in holders.get(position.id, ())]}
        )
        for position in positions
    ]
    wrong = problems.problems([seat_of(position) for position in positions], named(holders))
    return OrgChartView.of(chart, seats, wrong)


def named(holders: Mapping[str, Sequence[repository.Holder]]) -> dict[str, list[tuple[str, str]]]:
    """Position → name and role of each agent who fills it."""
    return {position: [(agent.name, agent.role) for agent in agents] for position, agents in holders.items()}


async def free_seat(tx: AsyncSession, project_id: str, role: str) -> str:
    """The id of the position a new agent of `role` fills; empty for a role the chart does not know.

    The seat is taken by writing the agent with that position_id in the same transaction. Raises Conflict
    (code `position_full`) when as many agents as may already fill every position of the role.
    """
    chart = await chart_for(tx, project_id)
    full: list[tuple[Position, Sequence[str]]] = []
    for position in await repository.positions_of_role(tx, chart.id, role):
        names = await repository.holder_names(tx, project_id, position.id)
        if _has_room(position, len(names)):
            return position.id
        full.append((position, names))
    if full:
        raise _full(project_id, *full[0])
    return ""


async def take_seat(tx: AsyncSession, project_id: str, position_id: str, agent_id: str = "") -> Position:
    """The position, where one more agent may sit. Raises NotFound and Conflict (code `position_full`).

    As with `free_seat` the agent is written in the same transaction; one that sits there already does not count.
    """
    chart = await chart_for(tx, project_id)
    position = await repository.position(tx, chart.id, position_id)
    if position is None:
        raise NotFound(
            f"The org chart of {project_id!r} has no position {position_id[:100]!r}. "
            f"GET /api/v1/org-charts/{project_id} lists them.",
            code="position_not_found",
        )
    names = await repository.holder_names(tx, project_id, position.id, besides=agent_id)
    if not _has_room(position, len(names)):
        raise _full(project_id, position, names)
    return position


def _has_room(position: Position, holders: int) -> bool:
    return not position.max_instances or holders < position.max_instances


def _full(project_id: str, position: Position, names: Sequence[str]) -> Conflict:
    agents = "1 agent" if position.max_instances == 1 else f"{position.max_instances} agents"
    return Conflict(
        f"The position {position.role_name} of project {project_id!r} takes at most {agents} and is filled by "
        f"{', '.join(names)}. Delete that agent first, or choose another persona.",
        code="position_full",
        position_id=position.id,
    )
