"""Whatever somebody does to the log behind Loom's back is found, and said of the first entry it was done to."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy import text

from loom_app.audit.faults import Report
from loom_app.audit.restart import restart
from loom_app.audit.verification import Kept, verify
from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.cause import anew
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring, keyring_of
from tests.support.databases import VAULT, beside, opened

ADA = Actor("user", "user-ada", "Ada", frozenset(), key_id="k1")
ENTRIES = 8
COLUMNS = (
    "id", "type", "timestamp", "source", "actor_kind", "actor_id", "actor_name", "on_behalf_of", "request_id",
    "address", "key_id", "project_id", "subject_id", "data", "data_digest", "hash",
)  # fmt: skip
OFF = {
    True: ("DROP TRIGGER events_no_update", "DROP TRIGGER events_no_delete", "DROP TRIGGER events_no_replace"),
    False: ("DROP TRIGGER events_append_only ON events",),
}


async def write(db: Database, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        async with db.write() as tx:
            data = {"n": number, "x": 1e23, "half": -0.5, "text": "Süß ☃", "deep": [{"a": None, "b": True}]}
            append(tx, "bead.created", actor=ADA, project_id="kitchen", subject_id=f"b-{number}", data=data)


async def check(db: Database, vault: Vault, kept: Kept | None = None) -> Report:
    fresh = beside(db, vault)
    try:
        async with fresh.read() as tx:
            return await verify(tx, Keyring(fresh, vault), kept)
    finally:
        await fresh.dispose()


async def do(db: Database, *statements: str) -> None:
    async with db.engine.begin() as connection:
        for statement in (*OFF[db.is_sqlite], *statements):
            await connection.execute(text(statement))


async def test_a_log_that_nobody_touched_is_whole(db: Database, vault: Vault) -> None:
    anew(request_id="req-1", address="192.0.2.1", on_behalf_of="somebody")
    assert (await check(db, vault)).as_json() == {"ok": True, "entries": 0, "head": None, "fault": None}
    await write(db, ENTRIES)
    anew()
    report = await check(db, vault)
    assert (report.fault, report.entries) == (None, ENTRIES)
    assert report.head is not None
    kept = Kept(report.head.seq, report.head.hash)
    await write(db, 2)
    assert (await check(db, vault, kept)).ok


SWAP = (
    "UPDATE events SET seq = -1 WHERE seq = 3",
    "UPDATE events SET seq = 3 WHERE seq = {other}",
    "UPDATE events SET seq = {other} WHERE seq = -1",
)
COPY = (
    "INSERT INTO events (seq, id, type, timestamp, source, actor_kind, actor_id, data, data_digest, hash) "
    "SELECT {seq}, 'evt-forged', type, timestamp, source, actor_kind, actor_id, data, data_digest, hash "
    "FROM events WHERE seq = 2"
)
RAISE_FROM_4 = ("UPDATE events SET seq = seq + 100 WHERE seq > 3", "UPDATE events SET seq = seq - 99 WHERE seq > 100")
LOWER_FROM_4 = ("UPDATE events SET seq = seq + 100 WHERE seq > 3", "UPDATE events SET seq = seq - 101 WHERE seq > 100")


@pytest.mark.parametrize(
    ("statements", "seq", "kind"),
    [
        (("UPDATE events SET actor_id = 'user-eve' WHERE seq = 3",), 3, "changed"),
        (("UPDATE events SET address = 'x' WHERE seq = 3",), 3, "changed"),
        (("UPDATE events SET hash = NULL WHERE seq = 1",), 1, "changed"),
        (("UPDATE events SET hash = NULL",), 1, "changed"),
        (("DELETE FROM events WHERE seq = 1",), 1, "missing"),
        (("DELETE FROM events WHERE seq IN (3, 4)",), 3, "missing"),
        (("DELETE FROM events WHERE seq = 3", *LOWER_FROM_4), 3, "missing"),
        (("DELETE FROM events WHERE seq > 6",), 7, "truncated"),
        (("DELETE FROM events",), 1, "truncated"),
        ((COPY.format(seq=9),), 9, "inserted"),
        ((*RAISE_FROM_4, COPY.format(seq=4)), 4, "inserted"),
        (tuple(step.format(other=4) for step in SWAP), 3, "reordered"),
        (tuple(step.format(other=8) for step in SWAP), 3, "reordered"),
        (("DELETE FROM audit_head",), 8, "head_missing"),
        (("UPDATE audit_head SET seq = 6", "DELETE FROM events WHERE seq > 6"), 6, "head_changed"),
        (("DELETE FROM signing_keys",), 8, "key_missing"),
    ],
)
async def test_what_was_done_is_named(
    db: Database, vault: Vault, statements: tuple[str, ...], seq: int, kind: str
) -> None:
    await write(db, ENTRIES)
    await do(db, *statements)
    found = (await check(db, vault)).fault
    assert found is not None
    assert (found.seq, found.kind) == (seq, kind)
    assert str(seq) in found.message


async def test_a_database_put_back_to_an_older_state_is_known_by_a_kept_head(db: Database, vault: Vault) -> None:
    await write(db, 3)
    async with db.read() as tx:
        old = (await tx.execute(text("SELECT seq, hash, mac FROM audit_head"))).one()
    await write(db, 3, first=3)
    newer = (await check(db, vault)).head
    assert newer is not None
    back = f"UPDATE audit_head SET seq = {old.seq}, hash = '{old.hash}', mac = '{old.mac}'"
    await do(db, "DELETE FROM events WHERE seq > 3", back)
    assert (await check(db, vault)).ok, "by itself it is a whole log"
    found = (await check(db, vault, Kept(newer.seq, newer.hash))).fault
    assert found is not None
    assert (found.seq, found.kind) == (4, "rolled_back")
    await write(db, 4, first=10)
    found = (await check(db, vault, Kept(newer.seq, newer.hash))).fault
    assert found is not None
    assert (found.seq, found.kind) == (6, "rewritten")


async def test_a_new_chain_covers_a_damaged_one_as_it_is(db: Database, vault: Vault) -> None:
    await write(db, 4)
    before = (await check(db, vault)).head
    await do(db, "DELETE FROM events WHERE seq = 2", "DELETE FROM audit_head", "DELETE FROM signing_keys")
    later = beside(db, vault)
    async with later.write() as tx:
        await restart(tx, keyring_of(tx))
    await write(later, 2, first=4)
    report = await check(db, vault)
    assert (report.fault, report.entries, report.head and report.head.start) == (None, 6, 5)
    assert before is not None
    assert (await check(db, vault, Kept(before.seq, before.hash))).ok
    await do_later(later, "UPDATE events SET type = 'x' WHERE seq = 3")
    found = (await check(db, vault)).fault
    await later.dispose()
    assert found is not None
    assert (found.seq, found.kind) == (4, "before_changed")


async def do_later(db: Database, statement: str) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text(statement))


async def test_what_another_key_chained_cannot_be_checked_and_says_so(db: Database) -> None:
    await write(db, 1)
    from loom_app.kernel.crypto import SecretUnreadable

    with pytest.raises(SecretUnreadable):
        await check(db, Vault(b"another master key, long enough too"))


@pytest.fixture(scope="module")
def written(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of ENTRIES entries that its guards have been taken from."""
    file = tmp_path_factory.mktemp("written") / "loom.db"
    shutil.copy(sqlite_template, file)

    async def fill() -> None:
        db = opened(f"sqlite+aiosqlite:///{file}")
        await write(db, ENTRIES)
        await do(db)
        await db.dispose()

    asyncio.run(fill())
    return file


@contextmanager
def damaged(written: Path, folder: Path) -> Iterator[tuple[sqlite3.Connection, Callable[[], Report]]]:
    """A copy to be changed, and what a check finds of it then."""
    file = folder / "loom.db"
    with closing(sqlite3.connect(written)) as source, closing(sqlite3.connect(file)) as copy:
        source.backup(copy)

    async def found() -> Report:
        db = opened(f"sqlite+aiosqlite:///{file}")
        try:
            async with db.read() as tx:
                return await verify(tx, Keyring(db, VAULT))
        finally:
            await db.dispose()

    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        yield connection, lambda: asyncio.run(found())
    for left in folder.iterdir():
        left.unlink()


VALUES = st.one_of(
    st.none(), st.text(max_size=20), st.integers(-(2**60), 2**60), st.binary(max_size=10), st.floats(allow_nan=False),
    st.sampled_from(["{}", "null", "[1e400]", "NaN", "2026-01-01", "0" * 64, "[" * 5_000]),
)  # fmt: skip


@given(seq=st.integers(1, ENTRIES), column=st.sampled_from(COLUMNS), value=VALUES, as_text=st.booleans())
@effort(max_examples=150)
def test_any_other_value_in_any_column_is_found_at_its_entry(
    written: Path, tmp_path_factory: pytest.TempPathFactory, seq: int, column: str, value: Any, as_text: bool
) -> None:
    with damaged(written, tmp_path_factory.mktemp("edit")) as (connection, found):
        connection.execute("PRAGMA ignore_check_constraints=ON")
        before = connection.execute(f"SELECT {column}, typeof({column}) FROM events WHERE seq = ?", (seq,)).fetchone()
        cast = f"CAST(? AS {'TEXT' if as_text else 'BLOB'})" if isinstance(value, bytes) else "?"
        try:
            connection.execute(f"UPDATE events SET {column} = {cast} WHERE seq = ?", (value, seq))
            after = connection.execute(
                f"SELECT CAST({column} AS BLOB), typeof({column}) FROM events WHERE seq = ?", (seq,)
            ).fetchone()
        except (sqlite3.IntegrityError, UnicodeEncodeError):
            return
        same = before[1] == after[1] and (before[0] is None or str(before[0]).encode() == after[0])
        fault = found().fault
    assert (fault and fault.seq) == (None if same else seq)


@given(seq=st.integers(1, ENTRIES), rewrite=st.sampled_from(["spaces", "order", "twice"]))
@effort(max_examples=20)
def test_data_written_otherwise_is_found_though_it_means_the_same(
    written: Path, tmp_path_factory: pytest.TempPathFactory, seq: int, rewrite: str
) -> None:
    with damaged(written, tmp_path_factory.mktemp("data")) as (connection, found):
        (raw,) = connection.execute("SELECT data FROM events WHERE seq = ?", (seq,)).fetchone()
        data = json.loads(raw)
        other = {
            "spaces": f" {raw}",
            "order": json.dumps(dict(reversed(data.items())), sort_keys=False),
            "twice": '{"n": 7, ' + raw[1:],
        }
        connection.execute("UPDATE events SET data = ? WHERE seq = ?", (other[rewrite], seq))
        fault = found().fault
    assert fault is not None
    assert (fault.seq, fault.kind) == (seq, "changed")


@given(order=st.permutations(range(1, ENTRIES + 1)), kept=st.integers(0, ENTRIES))
@effort(max_examples=80)
def test_entries_in_another_order_or_fewer_are_found_at_the_first_that_differs(
    written: Path, tmp_path_factory: pytest.TempPathFactory, order: list[int], kept: int
) -> None:
    left = order[:kept]
    with damaged(written, tmp_path_factory.mktemp("order")) as (connection, found):
        connection.execute("UPDATE events SET seq = seq + 1000")
        for place, seq in enumerate(left, start=1):
            connection.execute("UPDATE events SET seq = ? WHERE seq = ?", (place, seq + 1000))
        connection.execute("DELETE FROM events WHERE seq > 1000")
        fault = found().fault
    first = next((place for place, seq in enumerate(left, start=1) if place != seq), kept + 1)
    assert (fault and fault.seq) == (None if first > ENTRIES else first)
