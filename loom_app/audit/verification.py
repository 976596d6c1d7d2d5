"""Checks the chain through the whole log and names the first entry at which it does not hold."""

import hmac
from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.audit.diagnosis import Place, diagnose
from loom_app.audit.entries import fits
from loom_app.audit.faults import Fault, Report, fault
from loom_app.events import chain
from loom_app.events.models import AuditHead
from loom_app.kernel.keyring import Keyring


@dataclass(frozen=True)
class Kept:
    """A head that was kept elsewhere: the number and hash of what was the newest entry then."""

    seq: int
    hash: str


async def verify(tx: AsyncSession, keyring: Keyring, kept: Kept | None = None) -> Report:
    """What the log is found to be, read once from its first entry to its last; memory does not grow with it.

    With `kept` also whether it is the log that head was taken from. Raises SecretUnreadable when the master key is
    another than the chain was begun with.
    """
    if tx.get_bind().dialect.name == "postgresql":
        await tx.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    head = await tx.get(AuditHead, 1)
    if head is None:
        return await _without_head(tx, kept)
    key = await keyring.known_in(tx, head.key_id, chain.PURPOSE)
    if key is None:
        return Report(0, head, fault("key_missing", head.seq))
    if not hmac.compare_digest(head.mac, chain.head_mac(key.secret, head)):
        return Report(0, head, fault("head_changed", head.seq))
    return await _Walk(tx, key.secret, head, kept).whole()


class _Walk:
    """One pass over the log."""

    def __init__(self, tx: AsyncSession, key: bytes, head: AuditHead, kept: Kept | None) -> None:
        self._tx, self._key, self._head, self._kept = tx, key, head, kept
        self._seq, self._hash = 0, chain.GENESIS
        self._entries = 0
        self._kept_hash: str | None = None

    async def whole(self) -> Report:
        found = await self._rows() or self._at_end() or self._against_kept()
        return Report(self._entries, self._head, found)

    async def _rows(self) -> Fault | None:
        try:
            async for batch in chain.stored(self._tx):
                for row in batch:
                    if found := self._before(row) if row["seq"] < self._head.start else await self._chained(row):
                        return found
                    self._entries += 1
        except DBAPIError as error:
            if "UTF-8" not in str(error.orig):
                raise
            return fault("unreadable", await self._unreadable())
        return None

    async def _unreadable(self) -> int:
        """The first entry that is no text, which SQLite stores without a word."""
        numbers = await self._tx.execute(
            text("SELECT seq FROM events WHERE seq > :seq ORDER BY seq"), {"seq": self._seq}
        )
        for seq in numbers.scalars():
            try:
                await self._tx.execute(chain.STORED, {"seq": seq - 1, "limit": 1})
            except DBAPIError:
                return int(seq)
        return self._seq + 1

    def _before(self, row: RowMapping) -> Fault | None:
        """Takes in an entry from before the chain, which is only known as a whole."""
        self._hash = chain.fold(self._key, self._hash, row)
        self._seen(row)
        return None

    async def _chained(self, row: RowMapping) -> Fault | None:
        if self._seq < self._head.start and (found := self._begin()):
            return found
        if row["seq"] > self._head.seq:
            return fault("inserted", row["seq"], f"it comes after entry {self._head.seq}, the last that Loom wrote")
        if row["seq"] != self._seq + 1:
            return fault("missing", self._seq + 1, f"the next one there is has the number {row['seq']}")
        if not fits(self._key, self._hash, row["seq"], row):
            place = Place(self._seq + 1, self._hash, self._head.seq)
            return await diagnose(self._tx, self._key, place, row)
        self._hash = row["hash"]
        self._seen(row)
        return None

    def _begin(self) -> Fault | None:
        """Steps from the entries before the chain, if any, to its first."""
        if self._hash != self._head.anchor:
            return fault("before_changed", self._head.start - 1)
        self._seq = self._head.start - 1
        return None

    def _at_end(self) -> Fault | None:
        if self._seq < self._head.start and (found := self._begin()):
            return found
        if self._seq < self._head.seq:
            return fault("truncated", self._seq + 1, f"the last one Loom wrote has the number {self._head.seq}")
        return fault("head_changed", self._head.seq) if self._hash != self._head.hash else None

    def _against_kept(self) -> Fault | None:
        kept = self._kept
        if kept is None or self._kept_hash == kept.hash:
            return None
        if self._head.seq < kept.seq:
            return fault("rolled_back", self._head.seq + 1, f"the head you kept is of entry {kept.seq}")
        return fault("rewritten", kept.seq)

    def _seen(self, row: RowMapping) -> None:
        self._seq = row["seq"]
        if self._kept and row["seq"] == self._kept.seq:
            self._kept_hash = row["hash"]


async def _without_head(tx: AsyncSession, kept: Kept | None) -> Report:
    """What a log is that has no end on record: one from before the chain, or one whose end was taken away."""
    total, newest, chained = (
        await tx.execute(text("SELECT count(*), coalesce(max(seq), 0), max(hash) FROM events"))
    ).one()
    if chained is not None:
        return Report(0, None, fault("head_missing", newest))
    lost = fault("rolled_back", newest + 1, f"the head you kept is of entry {kept.seq}") if kept else None
    return Report(total, None, lost)
