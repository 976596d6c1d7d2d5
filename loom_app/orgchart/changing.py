"""Changing a project's chart: its positions are replaced as a whole, and agents keep the seats that are still there."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict
from loom_app.orgchart import problems, repository, service, templates
from loom_app.orgchart.checking import Seat
from loom_app.orgchart.models import OrgChart
from loom_app.orgchart.rejecting import refused, sound
from loom_app.orgchart.schemas import OrgChartChange, PositionDraft, position_of
from loom_app.projects import service as projects

Held = Mapping[str, Sequence[repository.Holder]]


async def change(tx: AsyncSession, project_id: str, wanted: OrgChartChange, *, actor: Actor) -> None:
    """Applies `wanted`. Agents of positions that are gone have no seat until they are given one.

    Raises NotFound, Invalid with every fault (a cycle, two superiors, an unknown one, more agents than a position
    takes), and Conflict (code `org_chart_changed`) when `base_revision` is no longer the newest.
    """
    chart = await _to_change(tx, project_id, actor)
    if wanted.base_revision is not None and wanted.base_revision != chart.revision:
        raise Conflict(
            f"The chart was changed at {rfc3339(chart.updated_at)}; you began from revision {wanted.base_revision}, "
            f"and {chart.revision} is the newest now. Load it again and repeat your change.",
            code="org_chart_changed",
            revision=chart.revision,
        )
    if wanted.positions is not None:
        seats = sound(_seats(wanted.positions))
        held = await repository.holders(tx, project_id)
        crowded = problems.over_capacity(seats, service.named(held))
        if crowded:
            raise refused(crowded)
        await _replace(tx, chart, seats, held)
    chart.name = wanted.name or chart.name
    _told(tx, chart, actor)


async def apply(tx: AsyncSession, project_id: str, template_id: str, *, actor: Actor) -> None:
    """Has the chart follow a template: agents keep their position or take one of their role, as far as there is room.

    Raises NotFound for the project and the template.
    """
    chart = await _to_change(tx, project_id, actor)
    template = await templates.get(tx, template_id)
    held = await repository.holders(tx, project_id)
    await _replace(tx, chart, templates.seats(template), held)
    chart.parent_id = template.id
    _told(tx, chart, actor)


async def _to_change(tx: AsyncSession, project_id: str, actor: Actor) -> OrgChart:
    await projects.get(tx, project_id, actor=actor)
    chart = await service.chart_for(tx, project_id)
    return await repository.locked(tx, chart.id)


def _seats(positions: Sequence[PositionDraft]) -> list[Seat]:
    """The positions with an id each: those without one are numbered where the role is there more than once."""
    taken = {position.id for position in positions if position.id}
    made: list[Seat] = []
    for position in positions:
        seat_id, number = position.id or f"pos-{position.role_name}", 1
        while not position.id and seat_id in taken:
            number += 1
            seat_id = f"pos-{position.role_name}-{number}"
        taken.add(seat_id)
        made.append(position.model_copy(update={"id": seat_id}).seat())
    return made


async def _replace(tx: AsyncSession, chart: OrgChart, seats: Sequence[Seat], held: Held) -> None:
    before = {position.id: position.created_at for position in await repository.positions(tx, chart.id)}
    moment = now()
    rows = [position_of(chart.id, seat, rank, before.get(seat.id, moment)) for rank, seat in enumerate(seats)]
    await repository.replace_positions(tx, chart.id, rows)
    await _reseat(tx, seats, held)


async def _reseat(tx: AsyncSession, seats: Sequence[Seat], held: Held) -> None:
    """The longest-serving first; who finds no seat has none."""
    room = {seat.id: seat.most or len(seats) + sum(map(len, held.values())) for seat in seats}
    taken: Counter[str] = Counter()
    for position_id, agents in held.items():
        for agent in agents:
            same = [position_id, *(seat.id for seat in seats if seat.role == agent.role)]
            seat_id = next((one for one in same if one in room and taken[one] < room[one]), "")
            taken[seat_id] += 1
            if seat_id != position_id:
                await repository.seat(tx, agent.id, seat_id)


def _told(tx: AsyncSession, chart: OrgChart, actor: Actor) -> None:
    chart.revision, chart.updated_at = chart.revision + 1, now()
    data = {"name": chart.name, "revision": chart.revision}
    append(tx, "orgchart.updated", actor=actor, project_id=chart.project_id, subject_id=chart.project_id, data=data)
