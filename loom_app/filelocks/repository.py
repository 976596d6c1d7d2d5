"""Queries of file locks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.filelocks.models import FileLock
from loom_app.filelocks.paths import folders_of
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.scope import within


async def page(
    tx: AsyncSession, actor: Actor, *, project_id: str, agent_id: str, bead_id: str, limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """The locks `actor` sees that hold, by project and path, and how many match in all."""
    asked = ((FileLock.project_id, project_id), (FileLock.agent_id, agent_id), (FileLock.bead_id, bead_id))
    wanted = [within(actor, col(FileLock.project_id)), col(FileLock.expires_at) > now()]
    wanted += [col(column) == value for column, value in asked if value]
    query = select(FileLock).where(*wanted).order_by(col(FileLock.project_id), col(FileLock.file_path))
    total = (await tx.execute(select(func.count()).select_from(FileLock).where(*wanted))).scalar_one()
    return (await tx.execute(query.limit(limit).offset(offset))).scalars().all(), total


async def at(tx: AsyncSession, project_id: str, path: str) -> FileLock | None:
    """The lock on exactly this path, whether it holds or not, to be changed."""
    return await tx.get(FileLock, (project_id, path), populate_existing=True, with_for_update=True)


async def in_the_way(tx: AsyncSession, project_id: str, path: str, holder: str) -> FileLock | None:
    """A lock of somebody other than `holder` on the path, on a folder it is in, or on something in it."""
    beneath = func.substr(col(FileLock.file_path), 1, len(path) + 1) == f"{path}/"
    overlaps = or_(col(FileLock.file_path).in_([path, *folders_of(path)]), beneath)
    others = select(FileLock).where(
        col(FileLock.project_id) == project_id, col(FileLock.agent_id) != holder, col(FileLock.expires_at) > now()
    )
    return (await tx.execute(others.where(overlaps).order_by(col(FileLock.file_path)).limit(1))).scalars().first()


async def drop_expired(tx: AsyncSession, project_id: str) -> int:
    """Removes the project's locks that ran out; how many are left."""
    of_project = col(FileLock.project_id) == project_id
    await tx.execute(delete(FileLock).where(of_project, col(FileLock.expires_at) <= now()))
    return (await tx.execute(select(func.count()).select_from(FileLock).where(of_project))).scalar_one()


async def of_work(tx: AsyncSession, bead_id: str, holder: str) -> Sequence[FileLock]:
    """The locks somebody holds for a bead."""
    query = select(FileLock).where(col(FileLock.bead_id) == bead_id, col(FileLock.agent_id) == holder)
    return (await tx.execute(query.order_by(col(FileLock.file_path)))).scalars().all()
