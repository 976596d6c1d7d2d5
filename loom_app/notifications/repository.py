"""Queries of notifications."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent
from loom_app.auth.models import User
from loom_app.beads.models import Bead
from loom_app.events.record import EventRecord
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.database import inserting
from loom_app.kernel.scope import within
from loom_app.notifications.models import Notification, Status
from loom_app.projects.models import Project

NOTES, BEADS, PROJECTS = table(Notification), table(Bead), table(Project)
USERS, AGENTS = table(User), table(Agent)
KEPT = ("id", "user_id", "cause", "created_at", "count")
"""What of a notification stays when its cause comes again."""


@dataclass(frozen=True)
class Words:
    """What people call the things that a batch of events is about."""

    beads: Mapping[tuple[str, str], str]
    projects: Mapping[str, str]
    people: Mapping[str, str]

    @classmethod
    async def of(cls, tx: AsyncSession, batch: Collection[EventRecord]) -> "Words":
        """The names in `batch`."""
        subjects = sorted({event.subject_id for event in batch if event.subject_id})
        actors = sorted({event.actor_id for event in batch})
        projects = sorted({event.project_id for event in batch if event.project_id})
        beads = select(BEADS.c.project_id, BEADS.c.id, BEADS.c.title).where(BEADS.c.id.in_(subjects))
        found = {(row[0], row[1]): row[2] for row in await tx.execute(beads)}
        called = {}
        for rows, ids, name in (
            (PROJECTS, projects, PROJECTS.c.name), (USERS, actors, USERS.c.username), (AGENTS, actors, AGENTS.c.name),
        ):  # fmt: skip
            called[rows.name] = {
                row[0]: row[1] for row in await tx.execute(select(rows.c.id, name).where(rows.c.id.in_(ids)))
            }
        return cls(found, called[PROJECTS.name], called[USERS.name] | called[AGENTS.name])

    def names(self, event: EventRecord) -> dict[str, str]:
        """The words for `who`, `project` and `title`."""
        title = event.data.get("title") or self.beads.get((event.project_id or "", event.subject_id or ""))
        who = self.people.get(event.actor_id, "Loom" if event.actor_kind == "system" else event.actor_id)
        return {
            "who": who,
            "project": self.projects.get(event.project_id or "", event.project_id or "Loom"),
            "title": str(title or event.subject_id or ""),
        }


@dataclass(frozen=True)
class Wanted:
    """Which of somebody's notifications are asked for."""

    status: Status | None = None
    priority: str | None = None
    project_id: str | None = None
    types: frozenset[str] | None = None
    needs_action: bool | None = None
    snoozed: bool = False
    settled: bool | None = None


def mine(actor: Actor) -> ColumnElement[bool]:
    """One's own, of projects that one still sees."""
    return and_(NOTES.c.user_id == actor.id, or_(NOTES.c.project_id.is_(None), within(actor, NOTES.c.project_id)))


def waits() -> ColumnElement[bool]:
    """Whether it needs something of its reader that nobody has done yet."""
    return and_(NOTES.c.needs_action, NOTES.c.settled_at.is_(None), NOTES.c.status != Status.ARCHIVED)


def _asleep(at: datetime) -> ColumnElement[bool]:
    return and_(NOTES.c.snoozed_until.is_not(None), NOTES.c.snoozed_until > at)


def conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What `wanted` asks of the rows."""
    asked = [mine(actor), _asleep(now()) if wanted.snoozed else ~_asleep(now())]
    asked.append(NOTES.c.status == wanted.status if wanted.status else NOTES.c.status != Status.ARCHIVED)
    for column, value in ((NOTES.c.priority, wanted.priority), (NOTES.c.project_id, wanted.project_id)):
        asked += [column == value] if value else []
    if wanted.types is not None:
        asked.append(NOTES.c.event_type.in_(sorted(wanted.types)))
    if wanted.needs_action is not None:
        asked.append(waits() if wanted.needs_action else ~waits())
    if wanted.settled is not None:
        asked.append(NOTES.c.settled_at.is_not(None) if wanted.settled else NOTES.c.settled_at.is_(None))
    return asked


async def page(tx: AsyncSession, actor: Actor, wanted: Wanted, *, limit: int, offset: int) -> tuple[Sequence[Any], int]:
    """First what waits for its reader, by risk and deadline, then the rest, newest first; and how many there are."""
    asked = conditions(actor, wanted)
    first = case((waits(), 1), else_=0)
    order = (
        first.desc(), case((waits(), NOTES.c.rank), else_=0).desc(),
        case((waits() & NOTES.c.deadline.is_not(None), 0), else_=1),
        case((waits(), NOTES.c.deadline), else_=None), NOTES.c.seq.desc(), NOTES.c.id.desc(),
    )  # fmt: skip
    total = (await tx.execute(select(func.count()).select_from(NOTES).where(*asked))).scalar_one()
    rows = (await tx.execute(select(NOTES).where(*asked).order_by(*order).limit(limit).offset(offset))).all()
    return rows, total


async def counts(tx: AsyncSession, actor: Actor) -> tuple[int, int]:
    """How many are unread and not settled, and how many wait for their reader; snoozed ones are in neither."""
    unread = and_(NOTES.c.status == Status.UNREAD, NOTES.c.settled_at.is_(None))
    both = [func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in (unread, waits())]
    row = (await tx.execute(select(*both).where(mine(actor), ~_asleep(now())))).one()
    return int(row[0]), int(row[1])


async def get(tx: AsyncSession, actor: Actor, id_: str) -> Any:
    """One's own notification, or None."""
    return (await tx.execute(select(NOTES).where(NOTES.c.id == id_, mine(actor)))).first()


async def between(tx: AsyncSession, actor: Actor, wanted: Wanted, first: int, last: int) -> Sequence[Any]:
    """Those whose newest event is one of `first` to `last`, in the order of the log."""
    query = select(NOTES).where(*conditions(actor, wanted), NOTES.c.seq >= first, NOTES.c.seq <= last)
    return (await tx.execute(query.order_by(NOTES.c.seq, NOTES.c.id))).all()


async def projects(tx: AsyncSession, rows: Sequence[Any]) -> dict[str, str]:
    """What the projects of these notifications are called."""
    ids = sorted({row.project_id for row in rows if row.project_id})
    return {
        row[0]: row[1] for row in await tx.execute(select(PROJECTS.c.id, PROJECTS.c.name).where(PROJECTS.c.id.in_(ids)))
    }


async def change(tx: AsyncSession, asked: Sequence[ColumnElement[bool]], **values: Any) -> int:
    """Changes the rows that `asked` chooses; how many."""
    return (await tx.execute(update(NOTES).where(*asked).values(**values))).rowcount  # type: ignore[attr-defined, no-any-return]


async def put(tx: AsyncSession, waiting: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Adds what waits, or counts up what is there for the same cause and makes it new; nothing waits then."""
    rows = list(waiting.values())
    waiting.clear()
    if rows:
        adding = inserting(tx, NOTES)
        fresh = {column.name: adding.excluded[column.name] for column in NOTES.c if column.name not in KEPT}
        fresh["count"] = NOTES.c.count + adding.excluded.count
        await tx.execute(adding.on_conflict_do_update(index_elements=["user_id", "cause"], set_=fresh), rows)


async def settle(tx: AsyncSession, causes: Sequence[str], words: str, event: EventRecord) -> None:
    """Ends what is told for `causes`: it needs nobody any more."""
    open_: list[ColumnElement[bool]] = [NOTES.c.cause.in_(causes), NOTES.c.settled_at.is_(None)]
    if event.project_id is not None:
        open_.append(NOTES.c.project_id == event.project_id)
    values = {"settled_at": event.timestamp, "settled_by": words, "seq": event.seq, "updated_at": event.timestamp}
    await tx.execute(update(NOTES).where(*open_).values(**values))


async def forget(tx: AsyncSession, project_id: str) -> None:
    """Removes what was told of a project."""
    await tx.execute(delete(NOTES).where(NOTES.c.project_id == project_id))


async def forget_old(tx: AsyncSession, before: datetime, most: int) -> int:
    """Removes at most `most` that nothing happened to since `before` and that wait for nobody; how many."""
    old = select(NOTES.c.id).where(NOTES.c.updated_at < before, ~waits(), ~_asleep(now())).limit(most)
    return (await tx.execute(delete(NOTES).where(NOTES.c.id.in_(old)))).rowcount  # type: ignore[attr-defined, no-any-return]


def moment(given: Any) -> datetime | None:
    """A time as events write it; None for none."""
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) and given else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)
