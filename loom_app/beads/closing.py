"""Closing epics: not before what is under them, unless one wants just that, or has it closed along."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import wip
from loom_app.beads.epics import EPIC, open_below
from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.history import watched
from loom_app.beads.lookup import all_to_change
from loom_app.beads.models import Bead, BeadStatus
from loom_app.beads.moves import set_status
from loom_app.beads.schemas import BeadEdit
from loom_app.beads.settling import at_once
from loom_app.beads.statuses import placed
from loom_app.beads.tables import BEADS, LINKS, ids_of, ids_parameter, unfinished
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.errors import Conflict

MOST_NAMED = 20
"""How many children a sentence names."""


async def check_closable(tx: AsyncSession, bead: Bead, actor: Actor = SYSTEM) -> None:
    """Raises Conflict (code `open_children`) for an epic with children, as far as `actor` sees, that are not done."""
    await check_all_closable(tx, [bead], actor)


async def check_all_closable(tx: AsyncSession, beads: Iterable[Bead], actor: Actor) -> None:
    """As `check_closable` for several beads that are to be closed together: none of them is in another's way."""
    asked = [bead for bead in beads if bead.status != BeadStatus.DONE]
    epics = [bead.id for bead in asked if bead.type == EPIC]
    left = await _open_children(tx, epics, {bead.id for bead in asked}, actor) if epics else {}
    if left:
        raise _open(left, await open_below(tx, left, actor))


def closes(change: BeadEdit) -> bool:
    """Whether a change has beads done."""
    return bool(change.status) and placed(change.status)[0] == BeadStatus.DONE


async def take_below(tx: AsyncSession, bead_ids: Sequence[str], change: BeadEdit, actor: Actor) -> list[str]:
    """What is to be closed along with `bead_ids`, kept with these from others' writes to the end of `tx`."""
    if not (change.close_children and closes(change)):
        return []
    below = await open_below(tx, bead_ids, actor)
    if actor.is_person and any(watched(tx, bead_id) is None for bead_id in below):
        await wip.wait_turns(tx, [*bead_ids, *below])
    await all_to_change(tx, [*bead_ids, *below], actor)
    return below


async def close_below(tx: AsyncSession, below: Sequence[str], reason: str, actor: Actor) -> None:
    """Closes what `take_below` took and is not done yet."""
    async with at_once(tx, actor):
        for bead_id in below:
            await set_status(tx, bead_id, BeadStatus.DONE, actor=actor, reason=reason)


async def _open_children(tx: AsyncSession, epics: Sequence[str], asked: set[str], actor: Actor) -> dict[str, list[str]]:
    """By epic the children that are neither done nor among those `asked` for."""
    child = select(BEADS.c.id, BEADS.c.project_id, LINKS.c.depends_on_id).join(LINKS, LINKS.c.bead_id == BEADS.c.id)
    of_epics = LINKS.c.depends_on_id.in_(ids_of(tx.get_bind().dialect.name))
    await tx.flush()
    waiting = child.where(of_epics, LINKS.c.type == PARENT_CHILD, unfinished(BEADS)).order_by(BEADS.c.id)
    left: dict[str, list[str]] = {}
    for row in await tx.execute(waiting, ids_parameter(epics)):
        if row.id not in asked and actor.sees(row.project_id):
            left.setdefault(row.depends_on_id, []).append(row.id)
    return left


def _open(left: Mapping[str, list[str]], below: list[str]) -> Conflict:
    children = sorted({child for those in left.values() for child in those})
    more = f" and {len(children) - MOST_NAMED} more" if len(children) > MOST_NAMED else ""
    epics = " and ".join(sorted(left))
    are, their = ("is an epic", "its") if len(left) == 1 else ("are epics", "their")
    return Conflict(
        f"{epics} {are} and not all of {their} children are done: {', '.join(children[:MOST_NAMED])}{more}. "
        "Finish them first, close them along with close_children, or close it all the same with force.",
        code="open_children",
        epics=sorted(left),
        children=children,
        open_below=len(below),
    )
