"""Projects and beads for tests, in as few words as a test needs."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads import service
from loom_app.beads.models import Bead
from loom_app.beads.ready import blocked_among
from loom_app.beads.schemas import BeadCreate
from loom_app.beads.tables import BEADS, unfinished
from loom_app.events.models import Event
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.projects.models import Project

PERSON = Actor("user", "user-1", "Ann", frozenset({"*:*"}))


async def project(db: Database, project_id: str = "p", prefix: str = "t") -> str:
    async with db.write() as tx:
        tx.add(Project(id=project_id, name=project_id, bead_prefix=prefix))
    return project_id


async def bead(tx: AsyncSession, title: str, **fields: Any) -> str:
    """A new bead of project p; answers its id."""
    return (await service.create(tx, BeadCreate(project_id="p", title=title, **fields), actor=PERSON)).id


async def blocked(tx: AsyncSession, bead_ids: Iterable[str]) -> set[str]:
    """Those that the definition in SQL calls blocked, whatever is marked."""
    asked = select(BEADS.c.id).where(BEADS.c.id.in_(list(bead_ids)), unfinished(BEADS))
    return set((await tx.execute(blocked_among(asked))).scalars())


async def chain(db: Database, *titles: str) -> list[str]:
    """Beads each of which waits for the one before."""
    made: list[str] = []
    async with db.write() as tx:
        for title in titles:
            made.append(await bead(tx, title, blocked_by=made[-1:]))
    return made


async def events(db: Database, *types: str) -> list[tuple[str, str | None, dict[str, Any]]]:
    """(type, subject, data) of the events of `types`, in order."""
    async with db.read() as tx:
        query = select(col(Event.type), col(Event.subject_id), col(Event.data)).order_by(col(Event.seq))
        rows = (await tx.execute(query.where(col(Event.type).in_(types)) if types else query)).all()
    return [(row[0], row[1], row[2]) for row in rows]


async def fetched(db: Database, bead_id: str) -> Bead:
    async with db.read() as tx:
        return await service.get(tx, bead_id)
