"""The log: in the change's own transaction, numbered in the order of commits, never twice."""

import asyncio

import pytest

from loom_app.events import repository
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.support.databases import beside

WRITERS = 6
EACH = 20


async def test_an_event_is_there_with_its_change_and_not_without(db: Database) -> None:
    async with db.write() as tx:
        append(tx, "bead.created", actor=SYSTEM, project_id="kitchen", subject_id="kit-1", data={"title": "Süß ☃"})
    with pytest.raises(RuntimeError):
        await _fail_after_append(db)
    async with db.read() as tx:
        (event,) = await repository.after(tx, 0, 10)
    assert (event.type, event.source, event.subject_id) == ("bead.created", "bead", "kit-1")
    assert event.data == {"title": "Süß ☃"}
    assert event.as_json()["timestamp"].endswith("Z")


async def test_events_of_one_transaction_keep_their_order(db: Database) -> None:
    async with db.write() as tx:
        for number in range(5):
            append(tx, "bead.updated", actor=SYSTEM, data={"number": number})
    async with db.read() as tx:
        found = await repository.after(tx, 0, 10)
    assert [event.data["number"] for event in found] == list(range(5))
    assert [event.seq for event in found] == sorted({event.seq for event in found})


async def test_a_reader_beside_many_writers_sees_every_event_once_and_in_order(db: Database, vault: Vault) -> None:
    other = beside(db, vault)

    async def write(name: int) -> None:
        for number in range(EACH):
            async with (db, other)[name % 2].write() as tx:
                append(tx, "bead.updated", actor=SYSTEM, subject_id=str(name), data={"number": number})
                await asyncio.sleep(0)
                append(tx, "bead.created", actor=SYSTEM, subject_id=str(name), data={"number": number})

    writing = asyncio.gather(*(write(name) for name in range(WRITERS)))
    seen: list[int] = []
    by_writer: dict[str, list[int]] = {}
    while len(seen) < 2 * WRITERS * EACH:
        async with db.read() as tx:
            fresh = await repository.after(tx, seen[-1] if seen else 0, 7)
        seen += [event.seq for event in fresh]
        for event in fresh:
            by_writer.setdefault(event.subject_id or "", []).append(event.data["number"])
        await asyncio.sleep(0)
    await writing
    await other.dispose()
    assert seen == sorted(set(seen))
    assert all(numbers == sorted(numbers) and len(numbers) == 2 * EACH for numbers in by_writer.values())


async def _fail_after_append(db: Database) -> None:
    async with db.write() as tx:
        append(tx, "bead.created", actor=SYSTEM, subject_id="kit-2")
        raise RuntimeError
