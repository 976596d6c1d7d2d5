"""The one place that keeps the history of beads: whatever is changed inside `changing` is compared and written down."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads import repository
from loom_app.beads.fields import DELETED, TRACKED, Difference, Values, differences, values
from loom_app.beads.link_history import LinkChanges, link_differences, link_value
from loom_app.beads.models import Bead, Dependency, FieldChange
from loom_app.beads.tables import BEADS, CHUNK, chunks
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.ids import new_id

CHANGES = table(FieldChange)
OPEN, LAST = "loom_bead_change", "loom_last_bead_change"
MOST_KEPT = 1_000
"""How many rows of history one bead keeps, or a few more; the oldest are let go."""
LOOK_EVERY = 16
"""One change in so many, by its random id, looks for rows to let go: that is enough, and the others are quicker."""
CREATED = "created"


@dataclass(slots=True)
class Change:
    """A change under way: what the beads it touches were like before."""

    actor: Actor
    why: str
    id: str = field(default_factory=lambda: new_id("chg"))
    beads: dict[str, tuple[Bead, Values]] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    links: LinkChanges = field(default_factory=dict)


@asynccontextmanager
async def changing(tx: AsyncSession, actor: Actor, why: str = "") -> AsyncIterator[Change]:
    """Around a change of beads by `actor`: what differs afterwards goes into their history.

    One inside another joins it.
    """
    outer: Change | None = tx.info.get(OPEN)
    if outer is not None:
        outer.why = outer.why or why
        yield outer
        return
    change = tx.info[OPEN] = Change(actor, why)
    tx.info.pop(LAST, None)
    try:
        yield change
        await tx.flush()
        await _write(tx, change, [*_of_columns(change), *await _of_links(tx, change)])
    finally:
        del tx.info[OPEN]


def watch(tx: AsyncSession, bead: Bead) -> None:
    """Remembers what `bead`, just read, is like before the change under way."""
    change: Change | None = tx.info.get(OPEN)
    if change is not None and bead.id not in change.beads and bead.id not in change.made:
        change.beads[bead.id] = (bead, values(bead))


def watched(tx: AsyncSession, bead_id: str) -> Bead | None:
    """The bead, if the change under way has it already and so keeps it from others."""
    change: Change | None = tx.info.get(OPEN)
    return change.beads[bead_id][0] if change is not None and bead_id in change.beads else None


def made(tx: AsyncSession, bead: Bead) -> None:
    """Says that the change under way makes `bead`."""
    tx.info[OPEN].made.add(bead.id)
    tx.info[OPEN].beads[bead.id] = (bead, {})


def linked(tx: AsyncSession, link: Dependency, *, before: Any = None, after: Any = None) -> None:
    """Says what becomes of a dependency in the change under way; None is none."""
    links: LinkChanges = tx.info[OPEN].links
    key = (link.bead_id, link.depends_on_id)
    links[key] = (links[key][0] if key in links else before, after)


def last_change(tx: AsyncSession) -> str | None:
    """The id under which the last change of `tx` went into the history; None when nothing differed."""
    found: str | None = tx.info.get(LAST)
    return found


async def deletion_of(tx: AsyncSession, bead_id: str) -> str | None:
    """The change that deleted the bead, None where the history does not know it."""
    query = select(CHANGES.c.change_id).where(CHANGES.c.bead_id == bead_id, CHANGES.c.field == DELETED)
    found: str | None = (await tx.execute(query.order_by(CHANGES.c.seq.desc()).limit(1))).scalar()
    return found


@asynccontextmanager
async def importing(tx: AsyncSession, bead_ids: Iterable[str], actor: Actor, why: str) -> AsyncIterator[None]:
    """Around an import that brings the beads `bead_ids`, there already, to what a file says: as `changing`, in bulk."""
    asked = list(bead_ids)
    if not asked:
        yield
        return
    change = Change(actor, why)
    before, links = await _present(tx, asked), await _links(tx, asked)
    yield
    await tx.flush()
    after = await _present(tx, asked)
    found = [
        (one, after[one].project_id, difference)
        for one in asked
        for difference in differences(values(before[one]), values(after[one]))
    ]
    now_linked = await _links(tx, asked)
    change.links = {key: (links.get(key), now_linked.get(key)) for key in links.keys() | now_linked.keys()}
    await _write(tx, change, [*found, *await _of_links(tx, change)])


Found = tuple[str, str, Difference]
"""Bead, project and what differs."""


def _of_columns(change: Change) -> list[Found]:
    found = []
    for bead_id, (bead, before) in change.beads.items():
        if bead_id in change.made:
            found.append((bead_id, bead.project_id, Difference(CREATED, None, bead.title)))
        else:
            found += [(bead_id, bead.project_id, one) for one in differences(before, values(bead))]
    return found


async def _of_links(tx: AsyncSession, change: Change) -> list[Found]:
    """What differs in the lists of every bead at an end of a changed dependency; those just made have no past."""
    changed = {key: ends for key, ends in change.links.items() if ends[0] != ends[1]}
    if not changed:
        return []
    ids = {end for key in changed for end in key}
    project_of = {bead.id: bead.project_id for bead in await repository.standings(tx, ids)}
    near = await _links(tx, {bead_id for bead_id, _ in changed})
    around = await repository.links_around(tx, project_of)
    found = link_differences(changed, near, around, project_of)
    return [(bead_id, project_of[bead_id], one) for bead_id, one in found if bead_id not in change.made]


async def _links(tx: AsyncSession, bead_ids: Iterable[str]) -> dict[tuple[str, str], Any]:
    links = await repository.links_from(tx, bead_ids)
    return {(link.bead_id, link.depends_on_id): link_value(link) for link in links}


async def _present(tx: AsyncSession, bead_ids: Iterable[str]) -> dict[str, Any]:
    columns = [BEADS.c.id, *(BEADS.c[name] for name in TRACKED)]
    found: dict[str, Any] = {}
    for chunk in chunks(bead_ids):
        rows = (await tx.execute(select(*columns).where(BEADS.c.id.in_(chunk)))).all()
        found |= {row.id: row for row in rows}
    return found


async def _write(tx: AsyncSession, change: Change, found: list[Found]) -> None:
    if not found:
        return
    by = {
        "change_id": change.id, "size": len(found), "why": change.why, "at": now(), "actor_kind": change.actor.kind,
        "actor_id": change.actor.id, "actor_name": change.actor.name,
    }  # fmt: skip
    rows = [{**by, "bead_id": bead_id, "project_id": at, **one._asdict()} for bead_id, at, one in found]
    for start in range(0, len(rows), CHUNK):
        await tx.execute(insert(CHANGES), rows[start : start + CHUNK])
    tx.info[LAST] = change.id
    if int(change.id[-4:], 16) % LOOK_EVERY == 0:
        await _let_go(tx, {bead_id for bead_id, _, _ in found})


async def _let_go(tx: AsyncSession, bead_ids: Iterable[str]) -> None:
    """Takes away the oldest rows of beads that have more than they may keep."""
    for chunk in chunks(bead_ids):
        mine = CHANGES.c.bead_id.in_(chunk)
        counted = select(CHANGES.c.bead_id).where(mine).group_by(CHANGES.c.bead_id).having(func.count() > MOST_KEPT)
        for bead_id in (await tx.execute(counted)).scalars().all():
            own = CHANGES.c.bead_id == bead_id
            newest_gone = select(CHANGES.c.seq).where(own).order_by(CHANGES.c.seq.desc()).offset(MOST_KEPT).limit(1)
            await tx.execute(delete(CHANGES).where(own, CHANGES.c.seq <= newest_gone.scalar_subquery()))
