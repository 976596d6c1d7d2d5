"""What the chain says of an entry, and that entries stay as they were written."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from loom_app.events.chain import ChainBroken
from loom_app.events.models import AuditHead
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.cause import anew
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import configuration, upgrade
from tests.support.databases import beside

UNDONE = (
    "UPDATE events SET type = 'user.created'",
    "UPDATE events SET data = '{}' WHERE seq = 2",
    "DELETE FROM events WHERE seq = 3",
    "DELETE FROM events",
)
ON_SQLITE = (
    "INSERT OR REPLACE INTO events SELECT * FROM events WHERE seq = 2",
    "INSERT INTO events SELECT 99, 'new', type, timestamp, source, actor_kind, actor_id, project_id, subject_id, data, "
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM events WHERE seq = 2 UNION ALL "
    "SELECT 98, 'newer', type, timestamp, source, actor_kind, actor_id, project_id, subject_id, data, "
    "NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM events WHERE seq = 2",
)
ON_POSTGRES = (
    "TRUNCATE events",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (seq) DO UPDATE SET type = 'x'",
)


async def test_the_database_itself_refuses_to_change_or_remove_entries(db: Database) -> None:
    await _write(db, 3)
    for statement in (*UNDONE, *(ON_SQLITE if db.is_sqlite else ON_POSTGRES)):
        with pytest.raises(DBAPIError, match="The event log is append-only"):
            await _execute(db, statement)
    assert await _column(db, "type") == ["bead.updated"] * 3


async def test_an_entry_says_who_for_whom_from_where_and_by_which_key(db: Database) -> None:
    anew(request_id="req-1", address="192.0.2.7", on_behalf_of="cli:ada")
    actor = Actor("user", "user-1", "Ada", frozenset(), key_id="k1")
    async with db.write() as tx:
        append(tx, "bead.created", actor=actor)
    anew()
    async with db.read() as tx:
        row = (await tx.execute(text("SELECT * FROM events"))).mappings().one()
    told = {name: row[name] for name in ("actor_name", "on_behalf_of", "request_id", "address", "key_id")}
    assert tuple(told.values()) == ("Ada", "cli:ada", "req-1", "192.0.2.7", "k1")


async def test_numbers_follow_each_other_though_transactions_fail(db: Database, vault: Vault) -> None:
    other = beside(db, vault)
    for at in (db, other, db):
        with pytest.raises(RuntimeError):
            await _write(at, 2, fail=True)
        await _write(at, 2)
    await other.dispose()
    assert await _column(db, "seq") == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("UPDATE audit_head SET seq = 1", "it was changed"),
        ("UPDATE audit_head SET start = 2", "it was changed"),
        ("DELETE FROM audit_head", "it is gone"),
        ("DELETE FROM signing_keys", "its key is gone"),
    ],
)
async def test_nothing_is_written_on_a_head_that_somebody_touched(
    db: Database, vault: Vault, damage: str, says: str
) -> None:
    await _write(db, 2)
    await _execute(db, damage)
    other = beside(db, vault)
    with pytest.raises(ChainBroken, match=says):
        await _write(other, 1)
    await other.dispose()
    assert await _column(db, "seq") == [1, 2]


async def test_a_log_from_before_the_chain_is_covered_by_it_as_a_whole(db: Database) -> None:
    await _downgrade(db)
    await _execute(
        db,
        "INSERT INTO events (id, type, timestamp, source, actor_kind, actor_id, data) "
        "VALUES ('evt-0', 'a.b', '2026-01-01 00:00:00.000000', 'a', 'system', 'loom', '{}')",
    )
    await upgrade(db)
    await _write(db, 1)
    async with db.read() as tx:
        head = await tx.get(AuditHead, 1)
    assert head is not None
    assert (head.start, head.seq, len(head.anchor)) == (2, 2, 64)
    assert [bool(hash_) for hash_ in await _column(db, "hash")] == [False, True]
    await _downgrade(db)
    assert await _column(db, "seq") == [1, 2]
    await _execute(
        db,
        "INSERT INTO events (id, type, timestamp, source, actor_kind, actor_id, data) "
        "VALUES ('evt-3', 'a.b', '2026-01-01 00:00:00.000000', 'a', 'system', 'loom', '{}')",
    )
    assert await _column(db, "seq") == [1, 2, 3]


async def _downgrade(db: Database) -> None:
    from alembic import command

    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(configuration(sync), "0003"))


async def _write(db: Database, count: int, *, fail: bool = False) -> None:
    async with db.write() as tx:
        for _ in range(count):
            append(tx, "bead.updated", actor=SYSTEM)
        if fail:
            tx.info["loom_at_commit"]["then"] = _fail


async def _fail(_: object) -> None:
    raise RuntimeError


async def _execute(db: Database, statement: str) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text(statement))


async def _column(db: Database, name: str) -> list[object]:
    async with db.read() as tx:
        return list((await tx.execute(text(f"SELECT {name} FROM events ORDER BY seq"))).scalars())
