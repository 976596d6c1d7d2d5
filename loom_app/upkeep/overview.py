"""The copies there are, with what is known of each: when it was last looked into, and what was found."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.config import Settings
from loom_app.events.models import Event
from loom_app.kernel.database import Database
from loom_app.upkeep import copies, service
from loom_app.upkeep.copies import Copy
from loom_app.upkeep.schemas import BackupFailure, Backups, BackupView

KNOWN = 2_000
"""How many of the newest words about copies are read: twice as many as copies can be kept."""


async def overview(db: Database, of: Settings) -> Backups:
    """All there is to say about copies."""
    async with db.read() as tx:
        told = await _told(tx)
    where = service.folder(of)
    last = next((event for event in told if event.type != "backup.checked"), None)
    failed = last if last is not None and last.type == "backup.failed" else None
    looked = _looked(told)
    return Backups(
        folder=str(where.absolute()),
        database=db.url.get_backend_name(),
        every_hours=of.backups.every_hours,
        keep=of.backups.keep,
        next_at=await service.next_at(db, of),
        free_bytes=_free(where),
        failure=BackupFailure(at=failed.timestamp, why=str(failed.data.get("why", ""))) if failed else None,
        backups=[view(copy, looked.get(copy.file.name)) for copy in copies.kept(where)],
    )


def view(copy: Copy, looked: Event | None = None) -> BackupView:
    """A copy as it is shown; `looked` is the last word on it, None where there is none."""
    return BackupView(
        file=copy.file.name,
        path=str(copy.file.absolute()),
        made_at=copy.made_at,
        bytes=copy.bytes,
        checked_at=looked.timestamp if looked else None,
        problem=str(looked.data.get("problem", "")) if looked else "",
    )


async def _told(tx: AsyncSession) -> list[Event]:
    query = select(Event).where(col(Event.type).in_(("backup.made", "backup.checked", "backup.failed")))
    return list((await tx.execute(query.order_by(col(Event.seq).desc()).limit(KNOWN))).scalars())


def _looked(told: list[Event]) -> Mapping[str, Event]:
    """The newest word on each file. A copy of SQLite is checked when it is made, a dump of PostgreSQL is not."""
    found: dict[str, Event] = {}
    for event in told:
        file = str(event.data.get("file", ""))
        if event.type == "backup.checked" or (event.type == "backup.made" and file.endswith(".db")):
            found.setdefault(file, event)
    return found


def _free(where: Path) -> int:
    there = next(each for each in (where, *where.absolute().parents) if each.is_dir())
    return shutil.disk_usage(there).free
