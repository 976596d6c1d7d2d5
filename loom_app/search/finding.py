"""What a plan finds: how much of it, and a page of it, best first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, null, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.tables import BEADS
from loom_app.search.fulltext import DOCUMENTS, Wanted, ranking
from loom_app.search.places import TIERS, Place, Tier
from loom_app.search.plan import Plan

RANKED = 1_000
"""So many hits are put in order by how well they fit; of more, whose words are everywhere, the newest come first."""


COLUMNS = tuple(DOCUMENTS.c[name] for name in ("id", "kind", "key", "bead_id"))


class Hit(NamedTuple):
    """A document that was found."""

    kind: str
    key: str
    bead_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the hits and how many there are in all."""

    hits: list[Hit]
    total: int


async def beads(tx: AsyncSession, plan: Plan, limit: int, offset: int) -> Found:
    """The beads that fit, the latest changed first; each once."""
    where = plan.on_beads()
    total = (await tx.execute(select(func.count()).select_from(BEADS).where(*where))).scalar_one()
    newest = select(BEADS.c.id).where(*where).order_by(BEADS.c.updated_at.desc(), BEADS.c.id)
    rows = (await tx.execute(newest.limit(limit).offset(offset))).scalars()
    return Found([Hit("bead", bead_id, bead_id) for bead_id in rows], total)


async def hits(tx: AsyncSession, plan: Plan, wanted: Wanted, limit: int, offset: int) -> Found:
    """Beads, comments, runs and turns in which the words stand: the bead of that id, then tier by tier."""
    place = Place(plan, wanted)
    first = place.first = await _named(tx, place)
    tiers = [tier for tier in TIERS if {tier.name} <= plan.parts]
    found = [Hit(first.kind, first.key, first.bead_id)] if first and offset == 0 and limit else []
    skip = max(0, offset - 1) if first else offset
    total, newest = await _survey(tx, place, tiers, skip + limit)
    for tier in tiers:
        if len(found) == limit:
            break
        if tier is not tiers[0]:
            newest = await _newest(tx, place.of(tier), skip + limit)
        found += await _page(tx, place, tier, newest, limit - len(found), skip)
        skip = max(0, skip - len(newest))
    return Found(found, total + bool(first))


async def _named(tx: AsyncSession, place: Place) -> Any | None:
    """The bead whose id is the one word that was asked for."""
    groups = place.wanted.groups
    if len(groups) != 1 or len(groups[0]) != 1 or "text" not in place.plan.parts:
        return None
    text = groups[0][0].text.strip()
    named = DOCUMENTS.c.key.in_(list(dict.fromkeys([text, text.lower()])))
    query = place.seen(select(*COLUMNS)).where(DOCUMENTS.c.kind == "bead", named)
    return (await tx.execute(query.limit(1))).first()


async def _survey(tx: AsyncSession, place: Place, tiers: Sequence[Tier], wanted: int) -> tuple[int, list[int]]:
    """How many hits there are, and the newest of the first tier; what the fields leave is worked out once for both."""
    if not tiers:
        return 0, []
    whole = place.whole(tiers)
    if not wanted or not (place.plan.indexed or place.plan.others):
        total = (await tx.execute(select(func.count()).select_from(whole.subquery()))).scalar_one()
        return total, await _newest(tx, place.of(tiers[0]), wanted) if total else []
    seen = whole.cte("seen")
    newest = _in_order(place.within(seen, tiers[0]), wanted).subquery()
    count = select(func.count().label("total"), null().label("id")).select_from(seen)
    rows = (await tx.execute(union_all(count, select(null(), newest.c.id)))).all()
    total = next(row.total for row in rows if row.id is None)
    return total, sorted((row.id for row in rows if row.id is not None), reverse=True)


async def _newest(tx: AsyncSession, hits: Select[Any], wanted: int) -> list[int]:
    """The newest of a tier: enough to tell whether it is put in order by how well hits fit, and for the page."""
    return list((await tx.execute(_in_order(hits, wanted))).scalars()) if wanted else []


def _in_order(hits: Select[Any], wanted: int) -> Select[Any]:
    return hits.order_by(hits.selected_columns.id.desc()).limit(max(RANKED + 1, wanted))


async def _page(
    tx: AsyncSession, place: Place, tier: Tier, newest: Sequence[int], limit: int, skip: int
) -> list[Hit]:  # fmt: skip
    """Hits of a tier from `skip` on; `newest` are all of it, or more than are put in order by how well they fit."""
    if skip >= len(newest):
        return []
    dialect, query = place.plan.scope.dialect, select(*COLUMNS)
    if len(newest) > RANKED:
        query = query.where(DOCUMENTS.c.id.in_(newest[skip : skip + limit])).order_by(DOCUMENTS.c.id.desc())
    else:
        ranked = ranking(dialect, place.wanted, tier.parts, newest).limit(limit).offset(skip).subquery("ranked")
        query = query.join(ranked, ranked.c.id == DOCUMENTS.c.id).order_by(ranked.c.rank, ranked.c.id.desc())
    return [Hit(row.kind, row.key, row.bead_id) for row in (await tx.execute(query)).all()]
