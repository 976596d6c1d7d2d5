"""How many beads one column of a project's board may hold, and keeping to it when two move at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, String, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.tables import BEADS, chunks
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.kernel.scope import within
from loom_app.projects.models import Project

FULL = "wip_limit"
"""The code of a refusal because a column is full."""
TITLES = {
    BeadStatus.OPEN: "Open", BeadStatus.IN_PROGRESS: "In progress", BeadStatus.BLOCKED: "Blocked",
    BeadStatus.DONE: "Done",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a project that has a limit."""

    project_id: str
    status: BeadStatus
    count: int
    limit: int

    @property
    def room(self) -> int:
        """How many more beads may come in; never less than 0."""
        return max(0, self.limit - self.count)

    def __str__(self) -> str:
        held = f"{self.count} {'bead is' if self.count == 1 else 'beads are'}"
        return (
            f"{TITLES[self.status]} of project {self.project_id} is full: {held} there and at most {self.limit} may be"
        )


async def wait_turn(tx: AsyncSession, bead_id: str, status: BeadStatus) -> bool:
    """Has others who want into the same limited column wait until `tx` ends. To be called before the bead is locked.

    Answers whether the column is limited.
    """
    query = select(col(Project.id), col(Project.wip_limits)).join(BEADS, BEADS.c.project_id == col(Project.id))
    project = (await tx.execute(query.where(BEADS.c.id == bead_id))).first()
    if project is None or status not in project.wip_limits:
        return False
    await _lock(tx, project.id)
    return True


async def wait_turns(tx: AsyncSession, bead_ids: Iterable[str]) -> None:
    """As `wait_turn` for several beads, whatever columns they go to."""
    query = select(col(Project.id), col(Project.wip_limits)).join(BEADS, BEADS.c.project_id == col(Project.id))
    limits: dict[str, Any] = {}
    for chunk in chunks(bead_ids):
        limits.update((row.id, row.wip_limits) for row in await tx.execute(query.where(BEADS.c.id.in_(chunk))))
    for project_id in sorted(limits):
        if limits[project_id]:
            await _lock(tx, project_id)


async def admit(tx: AsyncSession, project_id: str, status: BeadStatus) -> None:
    """Raises Conflict (code `wip_limit`) when the column is full."""
    if await limited(tx, project_id, status) is None:
        return
    await _lock(tx, project_id)
    column = await limited(tx, project_id, status)
    if column is not None and not column.room:
        raise Conflict(
            f"{column}. Move one of them on first, or raise the limit.",
            code=FULL, project_id=project_id, status=status, limit=column.limit, count=column.count,
        )  # fmt: skip


async def limited(tx: AsyncSession, project_id: str, status: BeadStatus) -> Column | None:
    """The column as it is now; None when it has no limit."""
    limit = (await _limits(tx, project_id)).get(status)
    if limit is None:
        return None
    await tx.flush()
    count = (await tx.execute(_count(), {"project": project_id, "at": status})).scalar_one()
    return Column(project_id, status, count, limit)


async def full_in_progress(tx: AsyncSession, actor: Actor) -> list[Column]:
    """The projects `actor` sees whose agents wait for room in In progress."""
    query = select(col(Project.id), col(Project.wip_limits)).where(within(actor, col(Project.id)))
    at = BeadStatus.IN_PROGRESS
    limits = {row.id for row in (await tx.execute(query)).all() if at in row.wip_limits}
    columns = [await limited(tx, project_id, at) for project_id in sorted(limits)]
    return [column for column in columns if column is not None and not column.room]


async def _lock(tx: AsyncSession, project_id: str) -> None:
    await tx.execute(select(col(Project.id)).where(col(Project.id) == project_id).with_for_update())


async def _limits(tx: AsyncSession, project_id: str) -> dict[str, Any]:
    found = await tx.execute(select(col(Project.wip_limits)).where(col(Project.id) == project_id))
    return found.scalar() or {}


@cache
def _count() -> Select[Any]:
    at = BEADS.c.project_id == bindparam("project", type_=String), BEADS.c.status == bindparam("at", type_=String)
    return select(func.count()).select_from(BEADS).where(*at, BEADS.c.source_status != TOMBSTONE)
