"""What people do with their notifications."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid, NotFound
from loom_app.notifications import preferences, repository
from loom_app.notifications.models import Preferences, Status
from loom_app.notifications.repository import NOTES
from loom_app.notifications.rules import BY_NAME

AS_READ: dict[Status, dict[str, Any]] = {
    Status.UNREAD: {"read_at": None, "archived_at": None},
    Status.READ: {"archived_at": None},
    Status.ARCHIVED: {},
}


async def get(tx: AsyncSession, id_: str, *, actor: Actor) -> Any:
    """One's own notification. Raises NotFound, also for somebody else's."""
    row = await repository.get(tx, actor, id_)
    if row is None:
        raise NotFound(
            f"There is no notification {id_[:100]!r} of yours. GET /api/v1/notifications lists them.",
            code="notification_not_found",
        )
    return row


async def mark(tx: AsyncSession, id_: str, status: Status, *, actor: Actor) -> Any:
    """Marks it as read, unread or put away. Raises NotFound."""
    row = await get(tx, id_, actor=actor)
    if row.status != status:
        values: dict[str, Any] = {"status": status, **AS_READ[status]}
        if status is Status.ARCHIVED:
            values["archived_at"] = now()
        if status is not Status.UNREAD and row.read_at is None:
            values["read_at"] = now()
        await repository.change(tx, [NOTES.c.id == id_, NOTES.c.user_id == actor.id], **values)
    return await get(tx, id_, actor=actor)


async def mark_all_read(tx: AsyncSession, *, actor: Actor, before: datetime | None = None) -> int:
    """Marks all as read, or those that have no news since `before`; how many."""
    unread = [NOTES.c.user_id == actor.id, NOTES.c.status == Status.UNREAD]
    if before is not None:
        unread.append(NOTES.c.updated_at < before)
    return await repository.change(tx, unread, status=Status.READ, read_at=now())


async def snooze(tx: AsyncSession, id_: str, until: datetime | None, *, actor: Actor) -> Any:
    """Puts it off until then; None brings it back. Raises NotFound, and Invalid for a time that is over."""
    await get(tx, id_, actor=actor)
    if until is not None and until <= now():
        raise Invalid(f"{until.isoformat()} is over. Give a time to come, with its zone.", code="bad_time")
    await repository.change(tx, [NOTES.c.id == id_, NOTES.c.user_id == actor.id], snoozed_until=until)
    return await get(tx, id_, actor=actor)


async def why(tx: AsyncSession, id_: str, *, actor: Actor) -> dict[str, Any]:
    """Why one sees it: the rule, the event that it tells, and which preferences let it through. Raises NotFound."""
    row = await get(tx, id_, actor=actor)
    wishes = await preferences.of(tx, actor.id)
    told = {name: getattr(row, name) for name in ("rule", "event_id", "event_type", "count", "settled_by")}
    because = reason(row, await repository.projects(tx, [row]))
    return {**told, "reason": because, "let_through": _let_through(wishes)}


def _let_through(wishes: Preferences) -> str:
    types = "your chosen events" if wishes.subscribed_events else "all events"
    projects = "your chosen projects" if wishes.project_filters else "all projects that you see"
    return f"Your preferences let through {types} of {projects}, from priority {wishes.min_priority} on."


def reason(row: Any, projects: dict[str, str]) -> str:
    """Why its reader sees the notification `row`, in one sentence; `projects` are their names."""
    rule = BY_NAME.get(row.rule)
    if rule is None:
        return "A rule told you that is no more."
    words = {"project": projects.get(row.project_id or "", row.project_id or "Loom"), "who": "somebody"}
    return f"You see this because {rule.because.format_map(words)}."
