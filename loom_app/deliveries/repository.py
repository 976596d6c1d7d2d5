"""Queries of what is told outside of Loom."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.auth.models import User
from loom_app.deliveries.models import Delivered, LetterRow, LetterStatus, Progress, Way
from loom_app.deliveries.timing import AGAIN_AFTER
from loom_app.events.event_type import Priority
from loom_app.kernel.actor import Actor
from loom_app.kernel.columns import table
from loom_app.kernel.database import inserting
from loom_app.kernel.scope import within
from loom_app.notifications.models import Notification, Preferences, Status
from loom_app.projects.models import Project

NOTES, WISHES, WAYS, USERS = table(Notification), table(Preferences), table(Progress), table(User)
DELIVERED, LETTERS = table(Delivered), table(LetterRow)
WANTED = {Way.EMAIL: WISHES.c.enable_email, Way.WEBHOOK: WISHES.c.enable_webhook}
MOST_TOLD = 100
"""Notifications in one letter."""
CLAIM = timedelta(minutes=10)
"""For so long a letter belongs to the worker that sends it."""


async def due(tx: AsyncSession, way: Way, at: datetime, limit: int) -> list[str]:
    """People who have news to be told by this way now, or for whom it is to be reckoned when they are."""
    news = and_(
        NOTES.c.user_id == WISHES.c.user_id, NOTES.c.seq > func.coalesce(WAYS.c.seq, -1),
        NOTES.c.status == Status.UNREAD, NOTES.c.settled_at.is_(None),
    )  # fmt: skip
    told = select(DELIVERED.c.at).where(DELIVERED.c.notification_id == NOTES.c.id, DELIVERED.c.way == way)
    urgent = and_(news, NOTES.c.priority == Priority.CRITICAL, ~told.exists())
    ready = or_(
        WAYS.c.due_at.is_(None), WAYS.c.due_at <= at, WISHES.c.updated_at > WAYS.c.set_at,
        select(NOTES.c.id).where(urgent).exists(),
    )  # fmt: skip
    joined = WISHES.outerjoin(WAYS, and_(WAYS.c.user_id == WISHES.c.user_id, WAYS.c.way == way)).join(
        USERS, USERS.c.id == WISHES.c.user_id
    )
    addressed = USERS.c.email != "" if way is Way.EMAIL else true()
    query = select(WISHES.c.user_id).select_from(joined).where(WANTED[way], USERS.c.is_active, addressed, ready)
    return list((await tx.execute(query.where(select(NOTES.c.id).where(news).exists()).limit(limit))).scalars())


async def progress(tx: AsyncSession, user_id: str, way: Way, wishes: Preferences, at: datetime) -> Progress:
    """How far this way is, held until `tx` ends. One that begins tells nothing of before it was wished for."""
    begin = select(func.coalesce(func.max(NOTES.c.seq), 0)).where(
        NOTES.c.user_id == user_id, NOTES.c.updated_at < wishes.updated_at
    )
    query = select(Progress).where(col(Progress.user_id) == user_id, col(Progress.way) == way).with_for_update()
    found = (await tx.execute(query)).scalars().first()
    if found is None:
        seq = (await tx.execute(begin)).scalar_one()
        row = {"user_id": user_id, "way": way, "seq": seq, "due_at": None, "set_at": at}
        await tx.execute(inserting(tx, WAYS).values(row).on_conflict_do_nothing())
        found = (await tx.execute(query)).scalars().one()
    return found


async def news(tx: AsyncSession, actor: Actor, way: Way, after: int, at: datetime) -> tuple[Sequence[Any], int]:
    """What is still to be told, what needs its reader first, and the number of the newest event looked at."""
    upto = (await tx.execute(select(func.max(NOTES.c.seq)).where(NOTES.c.user_id == actor.id))).scalar_one() or after
    lately = select(DELIVERED.c.at).where(
        DELIVERED.c.notification_id == NOTES.c.id,
        DELIVERED.c.way == way,
        or_(DELIVERED.c.at > at - AGAIN_AFTER, DELIVERED.c.at >= NOTES.c.updated_at),
    )
    asked = (
        NOTES.c.user_id == actor.id, NOTES.c.seq > after, NOTES.c.seq <= upto, NOTES.c.status == Status.UNREAD,
        NOTES.c.settled_at.is_(None), or_(NOTES.c.snoozed_until.is_(None), NOTES.c.snoozed_until <= at),
        or_(NOTES.c.project_id.is_(None), within(actor, NOTES.c.project_id)), ~lately.exists(),
    )  # fmt: skip
    order = (NOTES.c.needs_action.desc(), NOTES.c.rank.desc(), NOTES.c.seq.desc(), NOTES.c.id)
    return (await tx.execute(select(NOTES).where(*asked).order_by(*order).limit(MOST_TOLD))).all(), upto


async def told(tx: AsyncSession, ids: Sequence[str], way: Way, letter_id: str, at: datetime) -> None:
    """Notes that these notifications stand in a letter."""
    rows = [{"notification_id": id_, "way": way, "letter_id": letter_id, "at": at} for id_ in ids]
    adding = inserting(tx, DELIVERED).values(rows)
    fresh = {"letter_id": adding.excluded.letter_id, "at": adding.excluded.at}
    await tx.execute(adding.on_conflict_do_update(index_elements=["notification_id", "way"], set_=fresh))


async def waits(tx: AsyncSession, user_id: str) -> bool:
    """Whether a letter to this person is still to be sent: what comes meanwhile is told in the next one."""
    asked = (LETTERS.c.user_id == user_id, LETTERS.c.status == LetterStatus.WAITING)
    return (await tx.execute(select(LETTERS.c.id).where(*asked).limit(1))).first() is not None


async def claim(tx: AsyncSession, at: datetime) -> LetterRow | None:
    """The letter that has waited longest for its time, which belongs to the caller for a while; None for none."""
    ready = (col(LetterRow.status) == LetterStatus.WAITING, col(LetterRow.due_at) <= at)
    query = select(LetterRow).where(*ready).order_by(col(LetterRow.due_at)).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).scalars().first()
    if row is not None:
        row.due_at = at + CLAIM
    return row


async def project_names(tx: AsyncSession, rows: Sequence[Any]) -> dict[str, str]:
    """What the projects of these notifications are called."""
    ids = sorted({row.project_id for row in rows if row.project_id})
    found = await tx.execute(select(col(Project.id), col(Project.name)).where(col(Project.id).in_(ids)))
    return {row[0]: row[1] for row in found}


async def settle(tx: AsyncSession, letter_id: str, **values: Any) -> None:
    """Writes what became of a letter."""
    await tx.execute(update(LETTERS).where(LETTERS.c.id == letter_id).values(**values))


async def forget(tx: AsyncSession, before: datetime) -> None:
    """Removes letters made before then."""
    await tx.execute(delete(LetterRow).where(col(LetterRow.made_at) < before))


async def page(tx: AsyncSession, user_id: str, limit: int) -> Sequence[LetterRow]:
    """The newest letters to somebody."""
    query = select(LetterRow).where(col(LetterRow.user_id) == user_id)
    return (await tx.execute(query.order_by(col(LetterRow.made_at).desc()).limit(limit))).scalars().all()
