"""Notifications beside the log: whole after a kill at any moment, by any number of processes, nothing told twice."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from loom_app.events import keeping
from loom_app.events import service as events
from loom_app.events.catalogue import CATALOGUE
from loom_app.events.record import EventRecord
from loom_app.events.service import append
from loom_app.events.tail import EventTail
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.notifications import making
from loom_app.notifications.repository import NOTES
from loom_app.notifications.rules import ENDINGS, RULES, concerns, filled
from tests.support import people


async def happen(db: Database, *subjects: str, type_: str = "bead.assigned", **data: Any) -> None:
    """One event for each subject."""
    async with db.write() as tx:
        for subject in subjects:
            append(tx, type_, actor=SYSTEM, subject_id=subject, data=data)


async def newest(db: Database) -> int:
    """The number of the newest event."""
    async with db.read() as tx:
        return await events.last_seq(tx)


async def told(db: Database) -> list[tuple[str, int, bool]]:
    """Cause, count, and whether it is settled, of all there are."""
    async with db.read() as tx:
        rows = (await tx.execute(select(NOTES).order_by(NOTES.c.cause))).all()
    return [(row.cause, row._mapping["count"], row.settled_at is not None) for row in rows]


async def test_a_kill_before_the_commit_neither_loses_nor_doubles(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await people.person(db, "user", "mia")
    failing = iter([True, False])

    async def killed(tx: Any, batch: Sequence[EventRecord]) -> None:
        await making.make(tx, batch)
        if next(failing, False):
            raise OSError("killed before the commit")

    monkeypatch.setattr(making, "INBOXES", replace(making.INBOXES, make=killed))
    monkeypatch.setattr(keeping, "AGAIN_SECONDS", 0.0)
    async with EventTail(db) as tail, making.inboxes(db, tail) as keeper:
        await happen(db, "b-1", "b-2", to=user.id)
        await keeper.reached(await newest(db))
        assert await told(db) == [("bead:b-1:assigned", 1, False), ("bead:b-2:assigned", 1, False)]


async def test_two_processes_tell_everything_once_and_what_was_before_the_first_is_not_told(db: Database) -> None:
    user = await people.person(db, "user", "mia")
    await happen(db, "before", to=user.id)
    async with (
        EventTail(db) as one, EventTail(db) as two, making.inboxes(db, one) as first, making.inboxes(db, two) as second,
    ):  # fmt: skip
        await asyncio.gather(*(happen(db, f"b-{number}", to=user.id) for number in range(8)))
        last = await newest(db)
        await asyncio.gather(first.reached(last), second.reached(last))
    assert await told(db) == [(f"bead:b-{number}:assigned", 1, False) for number in range(8)]


async def test_what_happened_while_nobody_followed_is_told_by_who_comes_next(db: Database) -> None:
    user = await people.person(db, "user", "mia")
    async with EventTail(db) as tail, making.inboxes(db, tail):
        pass
    await happen(db, "b-1", to=user.id)
    await happen(db, "b-1", type_="bead.completed")
    async with EventTail(db) as tail, making.inboxes(db, tail) as keeper:
        await keeper.reached(await newest(db))
    assert await told(db) == [("bead:b-1:assigned", 1, True)]


async def test_given_to_somebody_else_it_is_settled_for_the_first(db: Database) -> None:
    mia, ben = [await people.person(db, "user", name) for name in ("mia", "ben")]
    async with EventTail(db) as tail, making.inboxes(db, tail) as keeper:
        for user in (mia, ben, mia):
            await happen(db, "b-1", to=user.id)
        await keeper.reached(await newest(db))
    async with db.read() as tx:
        rows = {row.user_id: row for row in await tx.execute(select(NOTES))}
    assert (rows[mia.id]._mapping["count"], rows[mia.id].settled_at) == (2, None)
    assert rows[ben.id].settled_by == "It was given to somebody else."


async def test_whoever_is_switched_off_is_told_nothing(db: Database) -> None:
    user = await people.person(db, "user", "mia")
    async with db.write() as tx:
        (await tx.merge(user)).is_active = False
    async with EventTail(db) as tail, making.inboxes(db, tail) as keeper:
        await happen(db, "b-1", to=user.id)
        await keeper.reached(await newest(db))
    async with db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(NOTES))).scalar_one() == 0


def test_rules_and_endings_are_of_events_there_are_and_every_cause_names_something() -> None:
    assert {rule.event for rule in RULES} | {one.event for one in ENDINGS} <= set(CATALOGUE)
    endable = {cause for one in ENDINGS for cause in one.causes}
    assert not [rule.name for rule in RULES if rule.needs_action and rule.cause not in endable]
    for rule in RULES:
        fields = {*CATALOGUE[rule.event].fields, "subject", "project_id", "who", "project", "money", "title"}
        for text in (rule.says, rule.message, rule.link, rule.cause, rule.because):
            assert set(_named(text)) <= fields, (rule.name, text)


def _named(text: str) -> list[str]:
    from string import Formatter

    return [name for _, name, _, _ in Formatter().parse(text) if name]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.floats(allow_nan=True),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted({rule.event for rule in RULES})), st.dictionaries(st.text(max_size=12), values), st.data()
)
def test_no_event_however_odd_stops_the_making(type_: str, data: dict[str, Any], draw: st.DataObject) -> None:
    for name in CATALOGUE[type_].fields:
        if draw.draw(st.booleans()):
            data[name] = draw.draw(values)
    event = EventRecord(1, "evt-1", type_, now(), type_.partition(".")[0], "user", "mia", "shop", "b-1", data)
    assert concerns(event)
    for rule in RULES:
        if rule.event == type_ and rule.when(event):
            assert rule.urgency(event)
            assert filled(rule.says, event, who="mia") is not None
