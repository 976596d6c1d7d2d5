"""The search as pages, the API and other rooms ask it. Nobody finds, counts or is told of what they do not see."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Invalid
from loom_app.kernel.storable import fault_in
from loom_app.search import finding, plan, showing, snippets, suggesting
from loom_app.search.finding import Found
from loom_app.search.known import Scope
from loom_app.search.language import parse
from loom_app.search.plan import Plan

MOST_IDS = 5_000
NOTHING_LIKE_IT = "Nothing was found for the query as it is written."


async def search(
    tx: AsyncSession, text: str, actor: Actor, *, project_id: str = "", limit: int = 50, offset: int = 0
) -> dict[str, Any]:
    """What was found, best first, with pieces of text; an empty query finds nothing. Raises Invalid for a NUL."""
    made = await planned(tx, text, actor, project_id)
    if not made.query.groups:
        return {"results": [], "total": 0, "did_you_mean": None, "problems": made.problems}
    found = await _found(tx, made, limit, offset)
    wanted = snippets.pattern(made.query.words)
    return {
        "results": await showing.shown(tx, found.hits, made.scope, wanted),
        "total": found.total,
        "did_you_mean": await did_you_mean(tx, made, found.total),
        "problems": made.problems,
    }


async def ids(tx: AsyncSession, text: str, actor: Actor, *, project_id: str = "") -> dict[str, Any]:
    """The beads that fit, or whose comments or runs do, the latest changed first. Raises Invalid for a NUL."""
    made = await planned(tx, text, actor, project_id)
    found = await finding.beads(tx, made, MOST_IDS, 0)
    return {
        "ids": [hit.bead_id for hit in found.hits],
        "total": found.total,
        "did_you_mean": await did_you_mean(tx, made, found.total),
        "problems": made.problems,
    }


async def narrowing(tx: AsyncSession, text: str, actor: Actor) -> list[ColumnElement[bool]]:
    """The conditions on beads that `text` stands for. Raises Invalid naming what is wrong with it."""
    made = await planned(tx, text, actor)
    if made.wrong:
        raise Invalid(" ".join(made.wrong), code="bad_query")
    return made.on_beads() if text.strip() else []


async def planned(tx: AsyncSession, text: str, actor: Actor, project_id: str = "") -> Plan:
    """A query made ready. Raises Invalid for what no database can look for."""
    fault = fault_in(text)
    if fault:
        raise Invalid(f"The query {fault}.", code="bad_query")
    scope = Scope(actor, tx.get_bind().dialect.name, now(), project_id)
    return await plan.made(tx, parse(text), scope)


async def did_you_mean(tx: AsyncSession, made: Plan, total: int) -> dict[str, str] | None:
    """What may have been meant, and why it is offered: something was misnamed, or nothing found."""
    if made.better:
        return {"query": made.better, "why": made.problems[-1]}
    if total or made.problems or not made.query.words:
        return None

    async def count(text: str) -> int:
        return (await _found(tx, await plan.made(tx, parse(text), made.scope), 0, 0)).total

    better = await suggesting.corrected(tx, made.query, made.scope, count)
    return {"query": better, "why": NOTHING_LIKE_IT} if better else None


async def _found(tx: AsyncSession, made: Plan, limit: int, offset: int) -> Found:
    if made.wanted is None:
        return await finding.beads(tx, made, limit, offset)
    return await finding.hits(tx, made, made.wanted, limit, offset)
