"""Queries of keys, logins and known hosts."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.gitaccess.models import GitKey, GitLogin, KnownHost
from loom_app.kernel.database import inserting


async def keys(tx: AsyncSession, project_id: str) -> Sequence[GitKey]:
    """The project's keys, the newest first."""
    query = select(GitKey).where(col(GitKey.project_id) == project_id)
    return (await tx.execute(query.order_by(col(GitKey.created_at).desc(), col(GitKey.id).desc()))).scalars().all()


async def login(tx: AsyncSession, project_id: str) -> GitLogin | None:
    """The project's login, to be changed."""
    return await tx.get(GitLogin, project_id)


async def hosts(tx: AsyncSession, project_id: str) -> Sequence[KnownHost]:
    """What the project knows of hosts, by name."""
    query = select(KnownHost).where(col(KnownHost.project_id) == project_id)
    return (await tx.execute(query.order_by(col(KnownHost.host), col(KnownHost.kind)))).scalars().all()


async def meet(tx: AsyncSession, host: KnownHost) -> bool:
    """Keeps a key of a host nobody knew; whether it is new: somebody else may have met that host just before."""
    row = host.model_dump()
    done = await tx.execute(
        inserting(tx, KnownHost).values(row).on_conflict_do_nothing().returning(col(KnownHost.host))
    )
    return done.first() is not None


async def forget_host(tx: AsyncSession, project_id: str, host: str) -> int:
    """Removes the keys of a host; how many there were."""
    of_host = (col(KnownHost.project_id) == project_id, col(KnownHost.host) == host)
    return len((await tx.execute(delete(KnownHost).where(*of_host).returning(col(KnownHost.kind)))).all())
