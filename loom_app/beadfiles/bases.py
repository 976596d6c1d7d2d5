"""Queries of what Loom and a bead file last agreed on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beadfiles.models import BeadBase, BeadFile
from loom_app.beads.models import Bead
from loom_app.beads.tables import CHUNK
from loom_app.kernel.columns import table
from loom_app.kernel.database import inserting


async def file_of(tx: AsyncSession, project_id: str) -> BeadFile:
    """How the project's file stands, to be changed."""
    found = await tx.get(BeadFile, project_id)
    if found is None:
        found = BeadFile(project_id=project_id)
        tx.add(found)
        await tx.flush()
    return found


async def lines(tx: AsyncSession, project_id: str) -> dict[str, str]:
    """The last known line of each bead; empty for one whose line is gone from the file."""
    query = select(col(BeadBase.bead_id), col(BeadBase.line)).where(col(BeadBase.project_id) == project_id)
    return {row.bead_id: row.line for row in (await tx.execute(query)).all()}


async def unwritten(tx: AsyncSession, project_id: str, limit: int | None = None) -> dict[str, datetime]:
    """The beads of which the file does not say all that Loom does, with when they were last changed."""
    base = and_(col(BeadBase.bead_id) == col(Bead.id), col(BeadBase.project_id) == col(Bead.project_id))
    query = select(col(Bead.id), col(Bead.updated_at)).outerjoin(BeadBase, base)
    behind = or_(col(BeadBase.agreed_at).is_(None), col(BeadBase.agreed_at) != col(Bead.updated_at))
    rows = (await tx.execute(query.where(col(Bead.project_id) == project_id, behind).limit(limit))).all()
    return {row.id: row.updated_at for row in rows}


async def any_unwritten(tx: AsyncSession, project_id: str) -> bool:
    """Whether the file lacks something that Loom knows."""
    return bool(await unwritten(tx, project_id, limit=1) or await moved_away(tx, project_id))


async def moved_away(tx: AsyncSession, project_id: str) -> dict[str, str]:
    """The lines of beads that are another project's by now."""
    query = select(col(BeadBase.bead_id), col(BeadBase.line)).join(Bead, col(Bead.id) == col(BeadBase.bead_id))
    query = query.where(col(BeadBase.project_id) == project_id, col(Bead.project_id) != project_id)
    return {row.bead_id: row.line for row in (await tx.execute(query)).all()}


async def keep(
    tx: AsyncSession, project_id: str, found: Mapping[str, tuple[str, datetime | None]]
) -> None:  # fmt: skip
    """Remembers the line of each bead and the moment of the bead for which it says all."""
    rows: list[dict[str, Any]] = [
        {"project_id": project_id, "bead_id": bead_id, "line": line, "agreed_at": moment}
        for bead_id, (line, moment) in found.items()
    ]
    bases = table(BeadBase)
    for start in range(0, len(rows), CHUNK):
        statement = inserting(tx, bases).values(rows[start : start + CHUNK])
        renewed = {name: statement.excluded[name] for name in ("line", "agreed_at")}
        await tx.execute(statement.on_conflict_do_update(index_elements=["project_id", "bead_id"], set_=renewed))


async def forget(tx: AsyncSession, project_id: str, bead_ids: Iterable[str] | None = None) -> None:
    """Forgets the lines of some beads, or of all."""
    mine = col(BeadBase.project_id) == project_id
    if bead_ids is None:
        await tx.execute(delete(BeadBase).where(mine))
        return
    for bead_id in bead_ids:
        await tx.execute(delete(BeadBase).where(mine, col(BeadBase.bead_id) == bead_id))
