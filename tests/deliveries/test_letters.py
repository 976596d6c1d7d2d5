"""What people are told by mail and webhook: once, in time, as they wish; nothing is lost when a server is away."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.auth import tokens
from loom_app.auth.memberships import MemberRole
from loom_app.auth.models import User
from loom_app.config import Settings
from loom_app.deliveries import repository
from loom_app.events import repository as log
from loom_app.events.service import append
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.notifications import making
from loom_app.notifications.models import Preferences
from loom_app.notifications.repository import Wanted, page
from loom_app.notifications.rules import BY_NAME
from tests.support import people, rows
from tests.support.clock import Clock
from tests.support.mailbox import Mailbox
from workers.letters import attend


class House:
    """Somebody who is told things, and a worker that tells them."""

    def __init__(self, db: Database, settings: Settings, box: Mailbox, user: User) -> None:
        self.db, self.box, self.user = db, box, user
        self.settings = settings.model_copy(update={"smtp": box.settings()})
        self.heard = 0

    async def wish(self, **wishes: Any) -> None:
        async with self.db.write() as tx:
            given = {"enable_email": True, "updated_at": now(), **wishes}
            await tx.merge(Preferences(user_id=self.user.id, **given))

    async def happen(self, type_: str, subject: str, project_id: str | None = None, **data: Any) -> None:
        async with self.db.write() as tx:
            said = {"title": subject, **data}
            append(tx, type_, actor=SYSTEM, project_id=project_id, subject_id=subject, data=said)

    async def assigned(self, *beads: str) -> None:
        for bead in beads:
            await self.happen("bead.assigned", bead, to=self.user.id)

    async def work(self) -> list[str]:
        """What came by mail meanwhile."""
        async with self.db.write() as tx:
            batch = list(await log.after(tx, self.heard, 1_000))
            await making.make(tx, batch)
        self.heard = batch[-1].seq if batch else self.heard
        before = len(self.box.taken)
        await attend(self.db, self.settings)
        return self.box.subjects[before:]


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with Mailbox() as box:
        yield box


@pytest.fixture
async def house(db: Database, settings: Settings, box: Mailbox) -> House:
    user = await people.person(db, "user", "mia")
    async with db.write() as tx:
        found = await tx.get(User, user.id)
        assert found is not None
        found.email = "mia@example.org"
    return House(db, settings, box, user)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def test_each_thing_is_told_once_with_its_reason_and_where_to_mend_it(house: House) -> None:
    await house.assigned("old")
    assert await house.work() == []
    await house.wish()
    await house.assigned("rye")
    (subject,) = await house.work()
    assert "rye" in subject
    letter = house.box.taken[0]
    assert letter["To"] == "mia@example.org"
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "You see this because" in text
    assert "/beads/rye" in text
    assert letter["List-Unsubscribe"].endswith("/account/notifications>")
    assert await house.work() == []
    await house.assigned("rye")
    assert await house.work() == [], "the same cause soon after is told in the inbox alone"


async def test_a_server_away_for_an_hour_loses_nothing_and_doubles_nothing(house: House, clock: Clock) -> None:
    await house.wish()
    house.box.close()
    await house.assigned("rye")
    assert await house.work() == []
    for minutes in range(10, 70, 10):
        clock.set(minutes=minutes)
        await house.assigned(f"bead-{minutes}")
        assert await house.work() == []
    await house.box.open()
    clock.set(minutes=80)
    assert len(await house.work() + await house.work()) == 2
    assert "6 things need you" in house.box.subjects[1]
    assert len({letter["Message-ID"] for letter in house.box.taken}) == 2
    clock.set(hours=20)
    assert await house.work() == []


async def test_a_worker_killed_with_a_letter_in_hand_leaves_it_to_the_next(house: House, clock: Clock) -> None:
    await house.wish()
    house.box.close()
    await house.assigned("rye")
    await house.work()
    clock.set(minutes=10)
    async with house.db.write() as tx:
        assert await repository.claim(tx, now()) is not None
    await house.box.open()
    assert await house.work() == []
    clock.set(minutes=21)
    assert len(await house.work()) == 1
    assert await house.work() == []


async def test_what_is_refused_for_good_is_given_up_and_told(house: House) -> None:
    await house.wish()
    house.box.refused["mia@example.org"] = "550 no such user"
    await house.assigned("rye")
    assert await house.work() == []
    assert "notification.undelivered" in await people.events(house.db, house.user.id)


async def test_webhooks_are_told_by_an_event_for_that_person_alone(house: House) -> None:
    await house.wish(enable_email=False, enable_webhook=True)
    await house.assigned("rye", "wheat")
    assert await house.work() == []
    await house.work()
    async with house.db.read() as tx:
        events = [one for one in await log.newest(tx, EVERYTHING, limit=50) if one.type == "notification.told"]
    assert [(one.data["count"], one.data["private_to"]) for one in events] == [(2, house.user.id)]


def _friday_evening() -> timedelta:
    """How far it is from now to a Friday, 18:00 in UTC."""
    at = datetime.now(UTC)
    friday = (at + timedelta(days=(4 - at.weekday()) % 7)).replace(hour=18, minute=0, second=0, microsecond=0)
    return friday - at + timedelta(days=7)


def _weekend(mia: str, at: datetime) -> dict[int, list[tuple[str, str, str | None, dict[str, Any]]]]:
    """What happens in which hour of a weekend that concerns Mia: type, subject, project and data."""
    words = {"comment_id": "com-1", "mentions": ["mia"], "content": "@mia, rye or wheat?"}
    failed = {"status": "failed", "message": "The oven is cold."}
    asked = {
        "decision_id": "dec-1",
        "assigned_to": mia,
        "risk": "low",
        "deadline": (at + timedelta(days=5)).isoformat(),
    }
    risky = {"decision_id": "dec-2", "assigned_to": mia, "risk": "high"}
    spent = {"private_to": mia, "limit_micros": 9_000_000, "percent": 80}
    return {
        3: [("decision.created", "dec-1", None, asked)],
        5: [("bead.assigned", "rye", None, {"to": mia})],
        6: [("bead.assigned", "rye", None, {"to": mia})],
        9: [("bead.created", "fire", None, {"assigned_to": mia, "priority": 0})],
        12: [("bead.comment_created", "oats", "bakery", words)],
        13: [("bead.comment_updated", "oats", "bakery", words)],
        16: [("run.ended", "bagel", "bakery", failed)],
        20: [("budget.alert", "b-1", None, spent)],
        26: [("run.ended", "bun", "bakery", failed)],
        30: [("decision.created", "dec-2", None, risky), ("run.started", "bun", "bakery", {"run_id": "run-30"})],
        40: [("decision.resolved", "dec-1", None, {"decision_id": "dec-1", "decision": "Rye"})],
    }


async def test_after_a_weekend_one_inbox_says_what_needs_one_and_nothing_was_told_twice(
    house: House, clock: Clock
) -> None:
    friday = _friday_evening()

    async def at(**later: float) -> list[str]:
        clock.set(seconds=(friday + timedelta(**later)).total_seconds())
        return await house.work()

    await rows.project(house.db, "bakery")
    await people.member(house.db, "mia", "bakery", role=MemberRole.OWNER)
    await at()
    await house.wish(digest_mode="daily", quiet_hours_start="22:00", quiet_hours_end="07:00")
    mails: list[str] = []
    for hour in range(62):
        await house.happen("bead.status_change", f"ordinary-{hour}", to="in_progress")
        for type_, subject, project_id, data in _weekend(house.user.id, now()).get(hour, ()):
            await house.happen(type_, subject, project_id, **data)
        mails += await at(hours=hour + 1)
    async with house.db.read() as tx:
        reader = await _actor(tx, house.user)
        found, _ = await page(tx, reader, Wanted(), limit=50, offset=0)
    waiting = [row.subject_id for row in found if row.needs_action and row.settled_at is None]
    assert waiting == ["dec-2", "fire", "rye"]
    assert [row.subject_id for row in found[:3]] == waiting, "what needs one comes first"
    assert sorted(row.subject_id for row in found if row.settled_at is not None) == ["bun", "dec-1"]
    everything = ["b-1", "bagel", "bakery", "bun", "dec-1", "dec-2", "fire", "oats", "rye"]
    assert sorted(row.subject_id for row in found) == everything
    said = {row.subject_id: row.message for row in found}
    assert (said["oats"], said["bagel"]) == ("@mia, rye or wheat?", "The oven is cold.")
    assert all(BY_NAME[row.rule].because for row in found)
    assert len(mails) <= 3 + 3, "a letter a day, and what is critical"
    texts = "".join(one.get_body(("plain",)).get_content() for one in house.box.taken)  # type: ignore[union-attr]
    for once in ("/beads/rye", "id=dec-2", "/beads/oats", "/beads/bagel"):
        assert texts.count(once) == 1, once


async def _actor(tx: Any, user: User) -> Any:
    from loom_app.auth import memberships

    return await memberships.as_actor(tx, user.id)


async def test_one_sees_ones_own_letters_alone(house: House, app: FastAPI, client: AsyncClient) -> None:
    await house.wish()
    await house.assigned("rye")
    await house.work()
    async with people.browser(app, Authorization=f"Bearer {await tokens.issue(app.state.keys, house.user)}") as mia:
        (letter,) = (await mia.get("/api/v1/notifications/letters")).json()["letters"]
    assert (letter["status"], letter["way"], letter["count"], letter["tries"]) == ("sent", "email", 1, 1)
    assert (await client.get("/api/v1/notifications/letters")).json()["letters"] == []
