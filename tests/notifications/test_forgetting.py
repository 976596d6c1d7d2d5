"""Notifications that are old are forgotten where that is wished; what needs its reader never is."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from loom_app.config import Retention, Settings
from loom_app.events import repository as log
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.notifications import forgetting, making
from loom_app.notifications.repository import NOTES
from tests.support import people


async def test_what_is_old_and_needs_nobody_goes_and_its_cause_is_told_anew(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 1)
    user, heard = await people.person(db, "user", "mia"), 0

    async def mentioned(*comments: str) -> None:
        async with db.write() as tx:
            for comment in comments:
                said = {"comment_id": comment, "mentions": ["mia"], "content": comment}
                append(tx, "bead.comment_created", actor=SYSTEM, subject_id="rye", data=said)

    async def told() -> None:
        nonlocal heard
        async with db.write() as tx:
            batch = await log.after(tx, heard, 100)
            await making.make(tx, batch)
        heard = batch[-1].seq

    async def causes() -> dict[str, int]:
        async with db.read() as tx:
            rows = (await tx.execute(select(NOTES.c.cause, NOTES.c["count"]))).all()
        return {row[0].removeprefix("comment:"): row[1] for row in rows}

    await mentioned("old", "older", "asleep", "woken", "new")
    async with db.write() as tx:
        for bead in ("open", "done"):
            append(tx, "bead.assigned", actor=SYSTEM, subject_id=bead, data={"to": user.id, "title": bead})
        append(tx, "bead.completed", actor=SYSTEM, subject_id="done")
    await told()
    async with db.write() as tx:
        long_ago = {"updated_at": now() - timedelta(days=31)}
        await tx.execute(update(NOTES).where(NOTES.c.cause != "comment:new").values(**long_ago))
        for name, days in (("asleep", 2), ("woken", -2)):
            until = {"snoozed_until": now() + timedelta(days=days)}
            await tx.execute(update(NOTES).where(NOTES.c.cause == f"comment:{name}").values(**until))
    assert await forgetting.forget_old(db, settings) == 0, "without the setting all is kept"
    kept = settings.model_copy(update={"retention": Retention(notification_days=30)})
    assert await forgetting.forget_old(db, kept) == 4
    assert await causes() == {"new": 1, "asleep": 1, "bead:open:assigned": 1}
    async with db.read() as tx:
        last = (await log.after(tx, heard, 10))[-1]
    assert (last.type, last.data) == ("retention.done", {"notifications": 4, "days": 30})
    assert await forgetting.forget_old(db, kept) == 0
    await mentioned("old", "new")
    await told()
    assert await causes() == {"new": 2, "asleep": 1, "bead:open:assigned": 1, "old": 1}
