"""Every stored secret is known to the rotation of the master key."""

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel

from loom_app import tables
from loom_app.kernel import sealed
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.kernel.test_crypto import sealed_before_keys_had_ids
from tests.support.provider_keys import opened, store

assert tables
PLACE = "providers.api_key_sealed"


@pytest.fixture
def vault() -> Vault:
    """A vault with a key alone."""
    return Vault(b"old")


def test_every_column_of_sealed_values_is_declared() -> None:
    """Declare it with `sa_column_kwargs=sealed(purpose, subject)` of loom_app/kernel/sealed.py."""
    known = {str(column) for _, column, _ in sealed.columns()}
    named = {
        str(column)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name == "sealed" or column.name.endswith("_sealed")
    }
    assert known == named
    assert PLACE in known


def test_a_subject_is_told_by_columns_of_its_row() -> None:
    for table, _, seal in sealed.columns():
        row = {column.name: "x" for column in table.columns}
        assert seal.subject.format(**row) != seal.subject


async def test_what_another_key_has_sealed_is_sealed_anew(db: Database, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    await store(db, vault, "b", "key-b")
    await store(db, vault, "none", "")
    first = sealed_before_keys_had_ids(b"old", "key-b", purpose="provider-key", subject="b")
    async with db.write() as tx:
        await tx.execute(text("UPDATE providers SET api_key_sealed = :value WHERE id = 'b'"), {"value": first})
    async with db.write() as tx:
        done = await sealed.reseal(tx, Vault(b"new", b"old"))
    assert (done.counts[PLACE], done.locked) == (2, [])
    assert [await opened(db, Vault(b"new"), name) for name in ("a", "b", "none")] == ["key-a", "key-b", ""]
    async with db.write() as tx:
        assert (await sealed.reseal(tx, Vault(b"new"))).counts.total() == 0
        assert (await sealed.count(tx))[PLACE] == 2


async def test_what_does_not_open_is_named_and_stays(db: Database, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    await store(db, Vault(b"lost"), "b", "key-b")
    locked = [sealed.Locked(PLACE, "b")]
    async with db.write() as tx:
        assert (await sealed.reseal(tx, Vault(b"new", b"old"))).locked == locked
    async with db.read() as tx:
        assert await sealed.locked(tx, Vault(b"new")) == locked
        assert await sealed.locked(tx, Vault(b"new"), all_of_them=True) == locked
        assert await sealed.locked(tx, Vault(b"new", b"lost"), all_of_them=True) == []
    assert await opened(db, Vault(b"lost"), "b") == "key-b"


async def test_a_damaged_value_is_found_by_trying_all(db: Database, vault: Vault) -> None:
    await store(db, vault, "a", "key-a")
    async with db.write() as tx:
        await tx.execute(text("UPDATE providers SET api_key_sealed = substr(api_key_sealed, 1, 40)"))
    async with db.read() as tx:
        assert await sealed.locked(tx, vault, all_of_them=True) == [sealed.Locked(PLACE, "a")]
