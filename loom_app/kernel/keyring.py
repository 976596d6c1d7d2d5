"""Keys that outlive the master key: random, each for one purpose, kept sealed in the database, rotated with overlap."""

import base64
import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from loom_app.kernel.clock import now
from loom_app.kernel.columns import UtcDateTime
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.database import Database, inserting
from loom_app.kernel.ids import new_id
from loom_app.kernel.sealed import sealed

SEALED_FOR = "keyring"
CARRIED = "loom_keyring"
KEY_BYTES = 32


class SealedKey(SQLModel, table=True):
    """One key of a purpose. The one without an end is the current one; there is never a second."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        Index(
            "ix_signing_keys_current",
            "purpose",
            unique=True,
            sqlite_where=text("ends_at IS NULL"),
            postgresql_where=text("ends_at IS NULL"),
        ),
    )

    id: str = Field(primary_key=True)
    purpose: str
    sealed: str = Field(repr=False, sa_column_kwargs=sealed(SEALED_FOR))
    created_at: datetime = Field(default_factory=now, sa_type=UtcDateTime)
    ends_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """From when on it is believed no more; None for the current one."""


@dataclass(frozen=True)
class Key:
    """A key in the open."""

    id: str
    purpose: str
    secret: bytes = field(repr=False)


class Keyring:
    """The keys of one installation, opened once a process; whoever writes in `db` finds it with `keyring_of`."""

    def __init__(self, db: Database, vault: Vault) -> None:
        self.db = db
        db.carried[CARRIED] = self
        self.vault = vault
        self._opened: dict[str, Key] = {}

    async def current(self, purpose: str) -> Key:
        """The key that signs for `purpose`; made when there is none yet."""
        async with self.db.read() as tx:
            row = await _current(tx, purpose)
        if row is not None:
            return self._open(row)
        async with self.db.write() as tx:
            return await self.current_in(tx, purpose)

    async def current_in(self, tx: AsyncSession, purpose: str) -> Key:
        """As `current`, within a transaction that writes."""
        row = await _current(tx, purpose)
        if row is None:
            await self._make(tx, purpose)
            row = await _current(tx, purpose)
        if row is None:
            raise LookupError(f"no key for {purpose} although one was just made")
        return self._open(row)

    async def known_in(self, tx: AsyncSession, key_id: str, purpose: str) -> Key | None:
        """As `known`, within a transaction."""
        key = self._opened.get(key_id)
        if key is None:
            row = await tx.get(SealedKey, key_id)
            key = self._open(row) if row is not None else None
        return key if key is not None and key.purpose == purpose else None

    async def known(self, key_id: str, purpose: str) -> Key | None:
        """The key of that id if it is for `purpose`. Whether it has ended is for the caller to ask."""
        key = self._opened.get(key_id)
        if key is not None:
            return key if key.purpose == purpose else None
        async with self.db.read() as tx:
            return await self.known_in(tx, key_id, purpose)

    async def rotate(self, tx: AsyncSession, purpose: str, overlap: timedelta) -> str:
        """Makes a new current key for `purpose`; those before end after `overlap`, or when they would have anyway.

        Returns the id of the new key.
        """
        ends = now() + overlap
        rows = await tx.execute(select(SealedKey).where(col(SealedKey.purpose) == purpose).with_for_update())
        for row in rows.scalars():
            row.ends_at = min(row.ends_at or ends, ends)
        await tx.flush()
        return await self._make(tx, purpose)

    async def drop_locked(self, tx: AsyncSession, purpose: str) -> None:
        """Removes the keys of `purpose` that the present master key does not open; what they signed holds no more."""
        rows = await tx.execute(select(SealedKey).where(col(SealedKey.purpose) == purpose).with_for_update())
        for row in rows.scalars():
            try:
                self._open(row)
            except SecretUnreadable:
                await tx.delete(row)

    async def _make(self, tx: AsyncSession, purpose: str) -> str:
        """Adds a current key unless another process was faster."""
        key_id = new_id("key")
        secret = base64.b64encode(os.urandom(KEY_BYTES)).decode()
        row = {
            "id": key_id,
            "purpose": purpose,
            "sealed": self.vault.seal(secret, purpose=SEALED_FOR, subject=key_id),
            "created_at": now(),
        }
        await tx.execute(inserting(tx, SealedKey).values(row).on_conflict_do_nothing())
        return key_id

    def _open(self, row: SealedKey) -> Key:
        if row.id not in self._opened:
            secret = base64.b64decode(self.vault.unseal(row.sealed, purpose=SEALED_FOR, subject=row.id))
            self._opened[row.id] = Key(row.id, row.purpose, secret)
        return self._opened[row.id]


def keyring_of(tx: AsyncSession) -> Keyring:
    """The keyring of the database that the writing transaction `tx` belongs to. Raises LookupError without one."""
    found = tx.info.get(CARRIED)
    if not isinstance(found, Keyring):
        raise LookupError("this database was opened without a Keyring, which the event log needs to write")
    return found


def vault_of(db: Database) -> Vault:
    """What seals and opens the secrets of `db`. Raises LookupError for a database opened without a Keyring."""
    found = db.carried.get(CARRIED)
    if not isinstance(found, Keyring):
        raise LookupError("this database was opened without a Keyring, so its secrets cannot be opened")
    return found.vault


async def _current(tx: AsyncSession, purpose: str) -> SealedKey | None:
    query = select(SealedKey).where(col(SealedKey.purpose) == purpose, col(SealedKey.ends_at).is_(None))
    return (await tx.execute(query)).scalars().first()
