"""Fields that Loom and a bead file both changed: kept with both values, listed, decided."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beadfiles.merge import Clash
from loom_app.beadfiles.merge_files import GONE
from loom_app.beadfiles.models import BeadConflict
from loom_app.beads.models import Bead
from loom_app.beads.tables import chunks
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import NotFound
from loom_app.kernel.ids import new_id

MOST_TOLD = 50
WENT_AWAY = "gone"


async def keep(tx: AsyncSession, project_id: str, found: Mapping[str, Iterable[Clash]]) -> int:
    """Keeps the clashes of each bead; one that is open already with the same values is not kept twice."""
    open_ = await _open(tx, project_id, found)
    new = [
        BeadConflict(
            id=new_id("cfl"), project_id=project_id, bead_id=bead_id, field=clash.field, item=clash.item,
            base=clash.base, ours=clash.ours, theirs=clash.theirs, winner=clash.winner,
        )
        for bead_id, clashes in found.items()
        for clash in clashes
        if (bead_id, clash.field, clash.item, clash.ours, clash.theirs) not in open_
    ]  # fmt: skip
    tx.add_all(new)
    for one in new[:MOST_TOLD]:
        data = {"field": one.field, "item": one.item, "winner": one.winner, "conflict_id": one.id}
        append(tx, "bead.conflict_found", actor=SYSTEM, project_id=project_id, subject_id=one.bead_id, data=data)
    await tx.flush()
    return len(new)


async def _open(tx: AsyncSession, project_id: str, bead_ids: Iterable[str]) -> set[tuple[Any, ...]]:
    names = (BeadConflict.bead_id, BeadConflict.field, BeadConflict.item, BeadConflict.ours, BeadConflict.theirs)
    query = select(*map(col, names)).where(_is_open(project_id))
    found: set[tuple[Any, ...]] = set()
    for chunk in chunks(bead_ids):
        found |= {tuple(row) for row in (await tx.execute(query.where(col(BeadConflict.bead_id).in_(chunk)))).all()}
    return found


async def missing(tx: AsyncSession, project_id: str) -> set[str]:
    """The beads whose line is gone from the file while nobody has decided whether they are."""
    query = select(col(BeadConflict.bead_id)).where(_is_open(project_id), col(BeadConflict.field) == GONE)
    return set((await tx.execute(query)).scalars())


async def came_back(tx: AsyncSession, project_id: str, bead_ids: Iterable[str]) -> None:
    """Ends the question whether these beads are gone: the file has them again."""
    settled = {"resolved_at": now(), "resolved_by": SYSTEM.name, "resolution": WENT_AWAY}
    for chunk in chunks(bead_ids):
        mine = (_is_open(project_id), col(BeadConflict.field) == GONE, col(BeadConflict.bead_id).in_(chunk))
        await tx.execute(update(BeadConflict).where(*mine).values(**settled))


async def listed(
    tx: AsyncSession, project_id: str, *, resolved: bool = False, limit: int = 100, offset: int = 0
) -> Sequence[Row[BeadConflict, str]]:
    """Conflicts with the titles of their beads: those still open, or those decided, newest first."""
    state = _is_open(project_id) if not resolved else _is_decided(project_id)
    query = select(BeadConflict, col(Bead.title)).join(Bead, col(Bead.id) == col(BeadConflict.bead_id)).where(state)
    query = query.order_by(col(BeadConflict.found_at).desc(), col(BeadConflict.id)).limit(limit).offset(offset)
    return (await tx.execute(query)).all()


async def count(tx: AsyncSession, project_id: str, *, resolved: bool = False) -> int:
    """How many are open, or decided."""
    state = _is_open(project_id) if not resolved else _is_decided(project_id)
    query = select(func.count()).select_from(BeadConflict).where(state)
    return int((await tx.execute(query)).scalar_one())


async def get(tx: AsyncSession, conflict_id: str, *, actor: Actor) -> BeadConflict:
    """The conflict, if `actor` sees its project. Raises NotFound."""
    found = await tx.get(BeadConflict, conflict_id)
    if found is None or not actor.sees(found.project_id):
        raise no_such_conflict(conflict_id)
    return found


def no_such_conflict(conflict_id: str) -> NotFound:
    """The refusal for an unknown conflict."""
    return NotFound(f"There is no conflict {conflict_id[:100]!r} in a bead file.", code="conflict_not_found")


def _is_open(project_id: str) -> Any:
    return (col(BeadConflict.project_id) == project_id) & col(BeadConflict.resolved_at).is_(None)


def _is_decided(project_id: str) -> Any:
    return (col(BeadConflict.project_id) == project_id) & col(BeadConflict.resolved_at).is_not(None)
