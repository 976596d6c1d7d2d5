"""Notifications as they are made from the event log, and as they end."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.keeping import Keeper, Kept
from loom_app.events.record import EventRecord
from loom_app.events.tail import EventTail
from loom_app.kernel.database import Database
from loom_app.kernel.ids import new_id
from loom_app.kernel.money import dollars
from loom_app.notifications import repository
from loom_app.notifications.audience import crowd
from loom_app.notifications.models import Status
from loom_app.notifications.rules import (
    BY_EVENT,
    CHANGED,
    ENDINGS_OF,
    GONE,
    Rule,
    concerns,
    filled,
    is_moved,
    of_risk,
)  # fmt: skip

LONGEST_TITLE, LONGEST_MESSAGE = 300, 1_000
SHOWN = ("title", "priority", "risk", "kind", "bead_id", "run_id", "status", "scope", "scope_id", "window")
"""Of an event's data what a notification carries along."""


async def make(tx: AsyncSession, batch: Sequence[EventRecord]) -> None:
    """Tells and ends what `batch` says, event by event: what one event tells a later one may end."""
    people = await crowd(tx, batch)
    words = await repository.Words.of(tx, batch)
    waiting: dict[tuple[str, str], dict[str, Any]] = {}
    for event in batch:
        for ending in ENDINGS_OF.get(event.type, ()):
            if ending.when(event):
                await repository.put(tx, waiting)
                causes = [filled(cause, event) for cause in ending.causes]
                await repository.settle(tx, causes, filled(ending.words, event)[:LONGEST_TITLE], event)
        if event.type == GONE:
            await repository.put(tx, waiting)
            await repository.forget(tx, event.project_id or event.subject_id or "")
        if event.type == CHANGED:
            await repository.put(tx, waiting)
            await repository.change(tx, [repository.NOTES.c.cause == f"decision:{event.subject_id}"], **_changed(event))
        if is_moved(event):
            await repository.put(tx, waiting)
            moved = [repository.NOTES.c.subject_id == event.subject_id]
            await repository.change(tx, moved, project_id=event.project_id)
        for rule in BY_EVENT.get(event.type, ()):
            if rule.when(event) and (found := people.of(rule, event)):
                row = _row(rule, event, words)
                for person in found:
                    _add(waiting, person.id, row)
    await repository.put(tx, waiting)


def _add(waiting: dict[tuple[str, str], dict[str, Any]], user_id: str, row: dict[str, Any]) -> None:
    """One more for `user_id`; for a cause that waits already, one that counts both."""
    before = waiting.get((user_id, row["cause"]))
    count = before["count"] + 1 if before and before["seq"] != row["seq"] else 1
    made = before["created_at"] if before else row["created_at"]
    waiting[user_id, row["cause"]] = {
        **row, "id": new_id("note"), "user_id": user_id, "count": count, "created_at": made,
    }  # fmt: skip


def _changed(event: EventRecord) -> dict[str, Any]:
    """What a decision's notification says from now on."""
    priority = of_risk(event)
    told = {
        "risk": str(event.data.get("risk") or ""),
        "priority": str(priority),
        "rank": priority.rank,
        "seq": event.seq,
    }
    deadline = repository.moment(event.data.get("deadline"))
    return told | ({"deadline": deadline} if deadline else {})


def _row(rule: Rule, event: EventRecord, words: repository.Words) -> dict[str, Any]:
    """What `rule` tells of `event`, whoever is told."""
    priority, names = rule.urgency(event), words.names(event)
    if isinstance(limit := event.data.get("limit_micros"), int):
        names["money"] = dollars(limit)
    return {
        "cause": filled(rule.cause, event), "rule": rule.name, "seq": event.seq, "event_id": event.id,
        "event_type": event.type, "project_id": event.project_id, "subject_id": event.subject_id,
        "title": filled(rule.says, event, **names)[:LONGEST_TITLE],
        "message": filled(rule.message, event, **names)[:LONGEST_MESSAGE],
        "link": filled(rule.link, event), "status": Status.UNREAD, "priority": str(priority), "rank": priority.rank,
        "needs_action": rule.needs_action, "risk": str(event.data.get("risk") or ""),
        "deadline": repository.moment(event.data.get("deadline")),
        "metadata": {name: event.data[name] for name in SHOWN if event.data.get(name) not in (None, "")},
        "created_at": event.timestamp, "updated_at": event.timestamp, "read_at": None, "archived_at": None,
        "snoozed_until": None, "settled_at": None, "settled_by": "",
    }  # fmt: skip


INBOXES = Kept("notifications", 0x10_1B, concerns, make, from_the_start=False)


def inboxes(db: Database, tail: EventTail) -> Keeper:
    """Who keeps everybody's notifications up with the log."""
    return Keeper(db, tail, INBOXES)
