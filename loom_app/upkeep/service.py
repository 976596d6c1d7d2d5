"""Upkeep by the clock: a copy of the database when the newest is old enough, texts forgotten when they are."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlmodel import col

from loom_app.config import Settings
from loom_app.events.models import Event
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.due import has_gone_by
from loom_app.kernel.errors import Conflict, LoomError, Unavailable
from loom_app.kernel.log import get_logger
from loom_app.runs import conversations
from loom_app.runs.models import Run
from loom_app.upkeep import copies
from loom_app.upkeep.copies import Copy

log = get_logger(__name__)
AT_ONCE = 50
"""How many conversations are forgotten in one transaction."""


def folder(of: Settings) -> Path:
    """Where the copies are."""
    return Path(of.backups.folder).expanduser() if of.backups.folder else of.data_dir / "backups"


async def due(db: Database, of: Settings, moment: datetime) -> bool:
    """Whether the newest copy is older than it may be; before the first, whether the installation is.

    Copies that were made while the clock ran ahead do not count.
    """
    if not of.backups.every_hours:
        return False
    made = [copy.made_at for copy in copies.kept(folder(of)) if copy.made_at <= moment]
    last = made[0] if made else await _begun(db)
    return last is not None and has_gone_by(last, moment, of.backups.every_hours * 3_600)


async def back_up(db: Database, of: Settings, *, actor: Actor = SYSTEM) -> Copy:
    """Makes a copy now, and tells of it in the event log. Raises Unavailable, which is told there as well.

    Raises Conflict while another is being made.
    """
    try:
        made = await asyncio.to_thread(copies.make, db.url, folder(of), of.backups.keep)
    except Conflict:
        raise
    except (LoomError, OSError) as error:
        why = error.message if isinstance(error, LoomError) else f"The disk refused: {error.strerror or error}."
        async with db.write() as tx:
            append(tx, "backup.failed", actor=actor, data={"why": why})
        raise Unavailable(why, code="backup_failed") from error
    async with db.write() as tx:
        append(tx, "backup.made", actor=actor, data={"file": made.file.name, "bytes": made.bytes})
    return made


async def look_into(db: Database, of: Settings, name: str, *, actor: Actor) -> str:
    """Looks into the copy called so, and tells what was found in the event log: what is wrong, empty when it is sound.

    Raises NotFound; Unavailable where it cannot be looked into.
    """
    file = copies.named(folder(of), name).file
    problem = await asyncio.to_thread(copies.look_into, file)
    async with db.write() as tx:
        append(tx, "backup.checked", actor=actor, data={"file": file.name, "problem": problem})
    return problem


async def next_at(db: Database, of: Settings) -> datetime | None:
    """When the next copy is due; None when none is made by itself, or nothing has happened here yet."""
    if not of.backups.every_hours:
        return None
    made = [copy.made_at for copy in copies.kept(folder(of)) if copy.made_at <= now()]
    last = made[0] if made else await _begun(db)
    return last + timedelta(hours=of.backups.every_hours) if last else None


async def _begun(db: Database) -> datetime | None:
    """When the first thing happened here; None before."""
    async with db.read() as tx:
        first = select(col(Event.timestamp)).order_by(col(Event.seq)).limit(1)
        return (await tx.execute(first)).scalar_one_or_none()


async def forget(db: Database, of: Settings) -> int:
    """Takes the texts out of runs that ended long enough ago; how many. What was removed is told in the event log."""
    if not of.retention.conversation_days:
        return 0
    before = now() - timedelta(days=of.retention.conversation_days)
    query = select(col(Run.id)).where(col(Run.ended_at) < before, col(Run.conversation_deleted_at).is_(None))
    gone = 0
    while True:
        async with db.write() as tx:
            found = (await tx.execute(query.order_by(col(Run.ended_at)).limit(AT_ONCE))).scalars().all()
            for run_id in found:
                await conversations.delete(tx, run_id, actor=SYSTEM)
            gone += len(found)
            if gone and len(found) < AT_ONCE:
                data = {"conversations": gone, "days": of.retention.conversation_days}
                append(tx, "retention.done", actor=SYSTEM, data=data)
        if len(found) < AT_ONCE:
            return gone
