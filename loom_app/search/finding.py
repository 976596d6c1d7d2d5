"""What a plan finds: how much of it, and a page of it, best first."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import CTE, ColumnElement, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.beads.tables import BEADS
from loom_app.search.fulltext import DOCUMENTS, Wanted, matching
from loom_app.search.plan import Plan

RANKED = 1_000
"""So many hits are put in order by how well they fit; of more, whose words are everywhere, the newest come first."""


class Tier(NamedTuple):
    """Hits in `parts` that are not already hits in `but_not`."""

    name: str
    parts: tuple[str, ...]
    but_not: tuple[str, ...] = ()


TIERS = (
    Tier("title", ("title",)), Tier("text", ("title", "text"), ("title",)), Tier("comments", ("comments",)),
    Tier("runs", ("runs",)),
)  # fmt: skip
"""Best first."""


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
    among = select(BEADS.c.id).where(*plan.indexed).cte("among") if plan.indexed else None
    first = await _named(tx, plan, wanted, among)
    tiers = [tier for tier in TIERS if {tier.name} <= plan.parts]
    queries = [_documents(plan, wanted, tier, first, among) for tier in tiers]
    counts = [select(func.count()).select_from(query.subquery()).scalar_subquery() for query in queries]
    totals = list((await tx.execute(select(*counts))).one()) if counts else []
    found = [Hit("bead", first.key, first.bead_id)] if first and offset == 0 and limit else []
    skip = max(0, offset - 1) if first else offset
    for query, total in zip(queries, totals, strict=True):
        if len(found) < limit and skip < total:
            ordered = _ordered(query, total).limit(limit - len(found)).offset(skip)
            found += [Hit(row.kind, row.key, row.bead_id) for row in (await tx.execute(ordered)).all()]
        skip = max(0, skip - total)
    return Found(found, sum(totals) + bool(first))


async def _named(tx: AsyncSession, plan: Plan, wanted: Wanted, among: CTE | None) -> Any | None:
    """The bead whose id is the one word that was asked for."""
    if len(wanted.groups) != 1 or len(wanted.groups[0]) != 1 or "text" not in plan.parts:
        return None
    text = wanted.groups[0][0].text.strip()
    named = DOCUMENTS.c.key.in_(list(dict.fromkeys([text, text.lower()])))
    query = _seen(select(*_columns()), plan, among).where(DOCUMENTS.c.kind == "bead", named)
    return (await tx.execute(query.limit(1))).first()


def _columns() -> list[ColumnElement[Any]]:
    return [DOCUMENTS.c[name] for name in ("id", "kind", "key", "bead_id")]


def _documents(plan: Plan, wanted: Wanted, tier: Tier, first: Any | None, among: CTE | None) -> Select[Any]:
    found = matching(plan.scope.dialect, wanted, tier.parts, tier.but_not).subquery("found")
    query = select(*_columns(), found.c.rank, found.c.id.label("place")).join(found, found.c.id == DOCUMENTS.c.id)
    if first is not None:
        query = query.where(DOCUMENTS.c.id != bindparam(None, first.id))
    return _seen(query, plan, among)


def _seen(query: Select[Any], plan: Plan, among: CTE | None) -> Select[Any]:
    """`query` of documents narrowed to what may be found and to the fields; `among` are the beads an index names."""
    query = query.where(DOCUMENTS.c.project_id.is_not(None), plan.scope.sees(DOCUMENTS.c.project_id))
    if among is not None:
        query = query.where(DOCUMENTS.c.bead_id.in_(select(among.c.id)))
    if plan.others:
        query = query.join(BEADS, BEADS.c.id == DOCUMENTS.c.bead_id).where(*plan.others)
    return query


def _ordered(query: Select[Any], total: int) -> Select[Any]:
    newest = query.selected_columns.place.desc()
    return query.order_by(newest) if total > RANKED else query.order_by(query.selected_columns.rank, newest)
