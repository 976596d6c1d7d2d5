"""Keys of the keyring: one current per purpose whatever happens at once, the old ones known until they end."""

import asyncio
from datetime import timedelta

import pytest

from loom_app.kernel.clock import now
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring, SealedKey


@pytest.fixture
def keys(db: Database, vault: Vault) -> Keyring:
    return Keyring(db, vault)


async def rotate(keys: Keyring, purpose: str, overlap: timedelta) -> str:
    async with keys.db.write() as tx:
        return await keys.rotate(tx, purpose, overlap)


async def end_of(keys: Keyring, key_id: str) -> object:
    async with keys.db.read() as tx:
        row = await tx.get(SealedKey, key_id)
        return row.ends_at if row else "gone"


async def test_the_current_key_is_made_once_and_stays(db: Database, vault: Vault, keys: Keyring) -> None:
    first = await keys.current("sessions")
    assert await keys.current("sessions") == first
    assert await Keyring(db, vault).current("sessions") == first  # another process
    assert len(first.secret) == 32


async def test_many_who_want_the_first_key_at_once_get_the_same(db: Database, vault: Vault) -> None:
    found = await asyncio.gather(*(Keyring(db, vault).current("sessions") for _ in range(8)))
    assert len({key.id for key in found}) == 1


async def test_keys_of_different_purposes_differ_and_are_not_taken_for_one_another(keys: Keyring) -> None:
    one, other = await keys.current("sessions"), await keys.current("api-key")
    assert one.secret != other.secret
    assert await keys.known(one.id, "api-key") is None
    assert await keys.known(one.id, "sessions") == one


async def test_unknown_keys_are_none(keys: Keyring) -> None:
    assert await keys.known("key-none", "sessions") is None
    assert await keys.known("", "sessions") is None


async def test_rotation_makes_a_new_one_and_ends_the_old_after_the_overlap(
    db: Database, vault: Vault, keys: Keyring
) -> None:
    old = await keys.current("sessions")
    new_id = await rotate(Keyring(db, vault), "sessions", timedelta(hours=1))
    assert (await keys.current("sessions")).id == new_id != old.id
    assert await keys.known(old.id, "sessions") == old
    ends = await end_of(keys, old.id)
    assert isinstance(ends, type(now()))
    assert timedelta(minutes=59) < ends - now() <= timedelta(hours=1)


async def test_a_later_rotation_never_lengthens_a_key_that_is_ending(keys: Keyring) -> None:
    old = await keys.current("sessions")
    await rotate(keys, "sessions", timedelta(0))
    ended = await end_of(keys, old.id)
    await rotate(keys, "sessions", timedelta(days=9))
    assert await end_of(keys, old.id) == ended


async def test_two_rotations_at_once_leave_one_current_key(db: Database, vault: Vault, keys: Keyring) -> None:
    await keys.current("sessions")
    await asyncio.gather(*(rotate(Keyring(db, vault), "sessions", timedelta(0)) for _ in range(4)))
    current = await keys.current("sessions")
    assert await end_of(keys, current.id) is None


async def test_keys_are_sealed_where_they_lie(db: Database, keys: Keyring) -> None:
    key = await keys.current("sessions")
    with pytest.raises(SecretUnreadable):
        await Keyring(db, Vault(b"another master key altogether, quite long")).known(key.id, "sessions")
    assert "secret" not in repr(key)
