"""Leases: who holds a bead, until when, and the fencing token that an outlived holder's writes are refused by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import Lease
from loom_app.beads.tables import LEASES
from loom_app.kernel.clock import ahead, now, rfc3339
from loom_app.kernel.errors import Conflict


class LeaseLost(Conflict):
    """The bead has passed to somebody else; nothing was written."""

    code = "lease_lost"


HELD = (col(Lease.bead_id), col(Lease.holder), col(Lease.run_id), col(Lease.token), col(Lease.expires_at))


@dataclass(frozen=True)
class Held:
    """A lease that somebody holds."""

    bead_id: str
    holder: str
    run_id: str
    token: int
    expires_at: datetime

    @property
    def alive(self) -> bool:
        """Whether it has not run out."""
        return self.expires_at > now()

    def as_json(self) -> dict[str, Any]:
        """What a person who wants the bead is told."""
        return {
            "holder": self.holder,
            "run_id": self.run_id or None,
            "alive": self.alive,
            "expires_at": rfc3339(self.expires_at),
        }


class BeadHeld(Conflict):
    """Somebody else's lease on the bead lives: `held`, None when it ended at this very moment."""

    code = "bead_held"

    def __init__(self, bead_id: str, held: Held | None) -> None:
        who = held.as_json() if held else {}
        message = f"{bead_id} is held by {who.get('holder', 'another')} until {who.get('expires_at', 'soon')}."
        super().__init__(message, **who)
        self.held = held


async def take(tx: AsyncSession, bead_id: str, *, holder: str, seconds: float, run_id: str = "") -> int:
    """Takes the bead for `seconds` and answers the fencing token.

    Raises BeadHeld while another's lease lives, saying who, whether alive, until when. One conditional statement,
    so of any number who try at once one succeeds.
    """
    values = {"bead_id": bead_id, "token": 1, "holder": holder, "run_id": run_id, "expires_at": ahead(seconds)}
    dialect: Any = sqlite if tx.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(Lease).values(**values)
    taken = insert.on_conflict_do_update(
        index_elements=["bead_id"],
        set_={**{key: insert.excluded[key] for key in ("holder", "run_id", "expires_at")}, "token": Lease.token + 1},
        where=or_(col(Lease.expires_at).is_(None), col(Lease.expires_at) <= now()),
    ).returning(Lease.token)
    token: int | None = (await tx.execute(taken)).scalar()
    if token is not None:
        return token
    raise BeadHeld(bead_id, await of(tx, bead_id))


async def renew(tx: AsyncSession, bead_id: str, token: int, seconds: float) -> None:
    """Holds on for another `seconds` and keeps the row locked to the end of `tx`. Raises LeaseLost when it is gone."""
    given = {"bead": bead_id, "held": token, "until": ahead(seconds)}
    if (await (await tx.connection()).execute(_renewed(), given)).rowcount != 1:
        raise LeaseLost(f"The lease on {bead_id} has passed on; this run may write nothing more.")


@cache
def _renewed() -> Update:
    this = LEASES.c.bead_id == bindparam("bead"), LEASES.c.token == bindparam("held"), LEASES.c.holder != ""
    return update(LEASES).where(*this).values(expires_at=bindparam("until"))


async def release(tx: AsyncSession, bead_id: str, token: int) -> bool:
    """Gives the bead back. False when the lease had passed on or was given back already."""
    query = update(Lease).where(col(Lease.bead_id) == bead_id, col(Lease.token) == token, col(Lease.holder) != "")
    result: CursorResult[Any] = await tx.execute(query.values(holder="", run_id="", expires_at=None))  # type: ignore[assignment]
    return bool(result.rowcount == 1)


async def of(tx: AsyncSession, bead_id: str) -> Held | None:
    """The lease on a bead, None when nobody holds it."""
    return (await of_many(tx, [bead_id])).get(bead_id)


async def of_many(tx: AsyncSession, bead_ids: Sequence[str]) -> dict[str, Held]:
    """The leases on these beads."""
    query = select(*HELD).where(col(Lease.bead_id).in_(bead_ids), col(Lease.holder) != "")
    return {held.bead_id: held for held in map(_held, (await tx.execute(query)).all())}


async def claimed_by(tx: AsyncSession, holder: str) -> list[Held]:
    """The leases that `holder` has by hand, without a run."""
    query = select(*HELD).where(col(Lease.holder) == holder, col(Lease.run_id) == "").order_by(col(Lease.bead_id))
    return [_held(row) for row in (await tx.execute(query.with_for_update())).all()]


async def expired(tx: AsyncSession, limit: int = 100) -> list[Held]:
    """Leases that ran out and that nobody has released."""
    query = select(*HELD).where(col(Lease.expires_at) <= now()).order_by(col(Lease.expires_at)).limit(limit)
    return [_held(row) for row in (await tx.execute(query.with_for_update(skip_locked=True))).all()]


async def expired_on(tx: AsyncSession, bead_id: str) -> Held | None:
    """The lease on a bead that ran out and that nobody has released, locked to the end of `tx`."""
    query = select(*HELD).where(col(Lease.bead_id) == bead_id, col(Lease.expires_at) <= now())
    row = (await tx.execute(query.with_for_update())).first()
    return _held(row) if row else None


async def count(tx: AsyncSession) -> int:
    """How many beads are held."""
    return (await tx.execute(select(func.count()).select_from(Lease).where(col(Lease.holder) != ""))).scalar_one()


async def any_expired(tx: AsyncSession) -> bool:
    """Whether some lease ran out."""
    query = select(col(Lease.bead_id)).where(col(Lease.expires_at) <= now()).limit(1)
    return (await tx.execute(query)).first() is not None


def _held(row: Any) -> Held:
    return Held(*row)
