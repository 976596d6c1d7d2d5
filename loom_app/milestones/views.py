"""Milestones as the API shows them."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.clock import now
from loom_app.milestones import repository
from loom_app.milestones.models import Milestone, MilestoneStatus
from loom_app.milestones.schemas import MilestoneView, Reached
from loom_app.milestones.urgency import urgency

Own = Mapping[str, Sequence[tuple[str, bool]]]


async def listed(tx: AsyncSession, project_id: str) -> list[MilestoneView]:
    """Every milestone of a project by due date."""
    rows = await repository.of_project(tx, project_id)
    own, waits = await repository.bead_ids(tx, project_id), await repository.dependencies(tx, project_id)
    below: dict[str, list[str]] = {}
    for row in rows:
        if row.parent_id:
            below.setdefault(row.parent_id, []).append(row.id)
    over = {row.id for row in rows if row.status in (MilestoneStatus.COMPLETE, MilestoneStatus.CANCELLED)}
    return [_view(row, own, below, waits.get(row.id, []), over) for row in rows]


async def shown(tx: AsyncSession, milestone: Milestone) -> MilestoneView:
    """One milestone."""
    await tx.flush()
    return next(view for view in await listed(tx, milestone.project_id) if view.id == milestone.id)


def reached(milestone_id: str, own: Own, below: Mapping[str, Sequence[str]]) -> Reached:
    """How far a milestone is, with everything below it."""
    ahead = [milestone_id]
    for here in ahead:
        ahead += below.get(here, ())
    states = [done for here in ahead for _, done in own.get(here, ())]
    return Reached(done=sum(states), total=len(states))


def _view(
    row: Milestone, own: Own, below: Mapping[str, Sequence[str]], waits: Sequence[str], over: set[str]
) -> MilestoneView:
    return MilestoneView(
        **row.model_dump(),
        bead_ids=[bead_id for bead_id, _ in own.get(row.id, ())],
        depends_on=list(waits),
        waits_for=[other for other in waits if other not in over],
        progress=reached(row.id, own, below),
        urgency=urgency(row.status, row.due_date, now()),
    )
