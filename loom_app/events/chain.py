"""The chain through the log: each entry's hash covers the entry and the hash before it, under a key of Loom's own.

Whoever changes the table without the key breaks the chain; `loom audit verify` says where.
"""

import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, bindparam, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.events.models import AuditHead, Event
from loom_app.kernel.clock import rfc3339
from loom_app.kernel.columns import table
from loom_app.kernel.crypto import SecretUnreadable
from loom_app.kernel.errors import LoomError
from loom_app.kernel.keyring import Keyring

PURPOSE = "audit"
GENESIS = ""
BATCH = 1_000
COVERED = (
    "id", "type", "timestamp", "source", "actor_kind", "actor_id", "actor_name", "on_behalf_of", "request_id",
    "address", "key_id", "project_id", "subject_id",
)  # fmt: skip
"""What a hash covers besides the number, the hash before it and the digest of the data."""
STORED = text(
    f"SELECT seq, {', '.join(COVERED)}, data, data_digest, hash FROM events WHERE seq > :seq ORDER BY seq LIMIT :limit"  # noqa: S608 - names from above
)

HEADS = table(AuditHead)
HEAD = select(HEADS).where(HEADS.c.id == 1)
ENDED = (
    update(HEADS)
    .where(HEADS.c.id == 1)
    .values(seq=bindparam("end_seq"), hash=bindparam("end_hash"), mac=bindparam("end_mac"))
)


class ChainBroken(LoomError):
    """The log was changed behind Loom's back, so that nothing can be added to it."""

    status, code = 503, "audit_chain_broken"


def digest(key: bytes, data: Any) -> str:
    """The keyed digest of an entry's data: the same for whatever a database makes of equal numbers."""
    return _mac(key, ["loom-audit-data-1", _plain(data)])


def link(key: bytes, previous: str, seq: int, covered: Mapping[str, Any], data_digest: str) -> str:
    """The hash of the entry `seq` that follows the one with the hash `previous`."""
    return _mac(key, ["loom-audit-1", previous, seq, *(covered[name] for name in COVERED), data_digest])


def head_mac(key: bytes, head: AuditHead) -> str:
    """The seal of a head record."""
    return _mac(key, ["loom-audit-head-1", head.start, head.anchor, head.seq, head.hash, head.key_id])


def fold(key: bytes, previous: str, row: RowMapping) -> str:
    """What stands for the entry `row` as stored, and all before it, where the chain began later than they."""
    return _mac(key, ["loom-audit-before-1", previous, *(str(row[name]) for name in ("seq", *COVERED, "data", "hash"))])


async def stored(tx: AsyncSession, seq: int = 0) -> AsyncIterator[Sequence[RowMapping]]:
    """The rows beyond `seq` in batches, untouched by any type: whoever changed them may have left nonsense."""
    while True:
        batch = (await tx.execute(STORED, {"seq": seq, "limit": BATCH})).mappings().all()
        if not batch:
            return
        yield batch
        seq = batch[-1]["seq"]


async def extend(tx: AsyncSession, keyring: Keyring, events: list[dict[str, Any]]) -> None:
    """Numbers and links the rows `events` to the end of the chain. The caller holds the log's lock until the commit.

    Raises ChainBroken when the head of the chain is not as Loom left it.
    """
    connection = await tx.connection()
    row = (await connection.execute(HEAD)).first()
    head = await begin(tx, keyring) if row is None else AuditHead(**row._asdict())
    key = await _key(tx, keyring, head)
    for event in events:
        data = json.loads(json.dumps(event["data"], sort_keys=True))
        event |= {"seq": head.seq + 1, "data": data, "data_digest": digest(key, data)}
        covered = event | {"timestamp": rfc3339(event["timestamp"])}
        event["hash"] = link(key, head.hash, event["seq"], covered, event["data_digest"])
        head.seq, head.hash = event["seq"], event["hash"]
    if events:
        await connection.execute(insert(table(Event)), events)
    end = {"end_seq": head.seq, "end_hash": head.hash, "end_mac": head_mac(key, head)}
    await connection.execute(ENDED, end)


async def begin(tx: AsyncSession, keyring: Keyring) -> AuditHead:
    """The head of a chain that begins after what there is, which it covers as a whole."""
    chained = await tx.execute(text("SELECT max(seq) FROM events WHERE hash IS NOT NULL"))
    if chained.scalar() is not None:
        raise _broken("it is gone")
    head = AuditHead(id=1)
    await anchor(tx, head, (await keyring.current_in(tx, PURPOSE)).id, keyring)
    tx.add(head)
    await tx.flush()
    return head


async def anchor(tx: AsyncSession, head: AuditHead, key_id: str, keyring: Keyring) -> None:
    """Has `head` start a chain under the key `key_id` that covers the entries so far as a whole."""
    key = await keyring.known_in(tx, key_id, PURPOSE)
    assert key is not None
    folded, last = GENESIS, head.seq
    async for batch in stored(tx):
        for row in batch:
            folded = fold(key.secret, folded, row)
            last = max(last, row["seq"])
    head.start, head.seq, head.key_id = last + 1, last, key_id
    head.anchor = head.hash = folded
    head.mac = head_mac(key.secret, head)


async def _key(tx: AsyncSession, keyring: Keyring, head: AuditHead) -> bytes:
    try:
        key = await keyring.known_in(tx, head.key_id, PURPOSE)
    except SecretUnreadable as error:
        raise _broken("its key cannot be opened with the present master key") from error
    if key is None:
        raise _broken("its key is gone")
    if not hmac.compare_digest(head.mac, head_mac(key.secret, head)):
        raise _broken("it was changed")
    return key.secret


def _broken(how: str) -> ChainBroken:
    return ChainBroken(
        f"Nothing can be written: the record that ends the audit log is not as Loom left it ({how}). "
        "`loom audit verify` says what is known; `loom audit restart` goes on with a new chain after you have looked."
    )


def _mac(key: bytes, parts: list[Any]) -> str:
    return hmac.digest(key, json.dumps(parts, sort_keys=True, separators=(",", ":")).encode(), "sha256").hex()


def _plain(value: Any) -> Any:
    """`value` with each number in the one form that SQLite's and PostgreSQL's JSON agree on."""
    if isinstance(value, float) and value.is_integer():
        return int(Decimal(repr(value)))
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
