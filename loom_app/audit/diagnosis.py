"""What happened at the place where the chain breaks: found from what the entries after it still say."""

from dataclasses import dataclass

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.audit.entries import fits
from loom_app.audit.faults import Fault, fault
from loom_app.events import chain


@dataclass(frozen=True)
class Place:
    """Where the chain breaks: the number, the hash before it, and the number of the last entry that Loom wrote."""

    seq: int
    previous: str
    last: int


async def diagnose(tx: AsyncSession, key: bytes, place: Place, row: RowMapping) -> Fault:
    """What to say of `row`, which stands at `place` and does not belong there as it is."""
    newest = (await tx.execute(text("SELECT max(seq) FROM events"))).scalar_one()
    rightful = await _elsewhere(tx, key, place)
    if rightful is not None:
        more = f"the one that does has the number {rightful} now"
        return fault("inserted" if newest > place.last else "reordered", place.seq, more)
    gone = place.last - newest
    if gone > 0 and await _moved_up(tx, key, place.seq, row, gone):
        more = f"{gone} were taken out and the rest numbered anew" if gone > 1 else "the rest was numbered anew"
        return fault("missing", place.seq, more)
    return fault("changed", place.seq)


async def _elsewhere(tx: AsyncSession, key: bytes, place: Place) -> int | None:
    """The number under which the entry that belongs at `place` is found further on."""
    async for batch in chain.stored(tx, place.seq):
        for row in batch:
            if fits(key, place.previous, place.seq, row):
                return int(row["seq"])
    return None


async def _moved_up(tx: AsyncSession, key: bytes, seq: int, row: RowMapping, by: int) -> bool:
    """Whether what follows `row` was written `by` numbers further on, after it."""
    async for batch in chain.stored(tx, seq):
        return fits(key, row["hash"] or "", seq + 1 + by, batch[0])
    return False
