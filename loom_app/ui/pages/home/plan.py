"""How the plans stand: how far epics have come, and what holds up most other beads."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import service as beads
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import rfc3339

MOST_EPICS, MOST_HOLDING = 6, 5


@dataclass
class Epic:
    """An unfinished epic; `done` and `total` count what is under it, `rest` tells of the others in words."""

    id: str
    title: str
    done: int
    total: int
    rest: str


@dataclass
class Holding:
    """A bead that others wait for, how many in words, whom it is with, and since when it is open (RFC 3339)."""

    id: str
    title: str
    waiting: str
    holder: str
    since: str


async def epics(tx: AsyncSession, actor: Actor) -> list[Epic]:
    """The most urgent epics that are not done."""
    found = await beads.under_way(tx, actor, MOST_EPICS)
    return [Epic(row.id, row.title, counts["done"], counts["total"], _rest(counts)) for row, counts in found]


async def holding(tx: AsyncSession, actor: Actor) -> list[Holding]:
    """The beads that hold up most others."""
    found = await beads.holding_most(tx, actor, MOST_HOLDING)
    names = await beads.names(tx, (row.assigned_to for row, _ in found), actor)
    return [
        Holding(row.id, row.title, _waiting(count), names.told(row.assigned_to), rfc3339(row.created_at))
        for row, count in found
    ]


def _waiting(count: int) -> str:
    return "1 bead waits" if count == 1 else f"{count:,} beads wait"


def _rest(counts: dict[str, int]) -> str:
    if counts["done"] == counts["total"]:
        return "all done: it can be closed"
    words = [f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("in_progress", "blocked") if counts[name]]
    return ", ".join(words)
