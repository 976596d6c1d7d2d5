"""Queries of calls that are over. Sums are the database's: rows pass through Python only when they are shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Float, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from loom_app.analytics.asked import Asked
from loom_app.kernel.actor import Actor
from loom_app.kernel.columns import table
from loom_app.ledger.models import Call, CallStatus
from loom_app.ledger.visibility import visible_to

CALLS = table(Call)
AGENT = "agent:"
Key = Literal["provider", "user", "project", "agent", "model"]

_PAYER = case((and_(CALLS.c.user_id == "", CALLS.c.agent_id != ""), AGENT + CALLS.c.agent_id), else_=CALLS.c.user_id)
_MODEL = case((CALLS.c.answered_by != "", CALLS.c.answered_by), else_=CALLS.c.model)
KEYS: dict[Key, ColumnElement[Any]] = {
    "provider": CALLS.c.provider_id, "user": _PAYER, "project": CALLS.c.project_id, "agent": CALLS.c.agent_id,
    "model": _MODEL,
}  # fmt: skip
SUMMED = ("tokens_input", "tokens_cached", "tokens_output", "tokens_reasoning", "cost_micros")


class took_ms(FunctionElement[float]):  # noqa: N801 - a function of SQL
    """Milliseconds from its first argument to its second."""

    type = Float()
    inherit_cache = True


@compiles(took_ms, "sqlite")
def _sqlite(element: took_ms, compiler: SQLCompiler, **kw: Any) -> str:
    began, ended = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"((julianday({ended}) - julianday({began})) * 86400000.0)"


@compiles(took_ms, "postgresql")
def _postgresql(element: took_ms, compiler: SQLCompiler, **kw: Any) -> str:
    began, ended = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(EXTRACT(EPOCH FROM ({ended} - {began})) * 1000.0)"


def _matching(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    found: list[Any] = [
        visible_to(actor), CALLS.c.status != CallStatus.RESERVED.value, CALLS.c.at >= asked.since,
        CALLS.c.at < asked.until,
    ]  # fmt: skip
    for name in ("provider_id", "project_id", "agent_id", "bead_id", "run_id"):
        found += [CALLS.c[name] == value] if (value := getattr(asked, name)) else []
    if asked.model:
        found.append(asked.model == _MODEL)
    if asked.user_id and asked.user_id.startswith(AGENT):
        found += [CALLS.c.user_id == "", CALLS.c.agent_id == asked.user_id.removeprefix(AGENT)]
    elif asked.user_id:
        found.append(CALLS.c.user_id == asked.user_id)
    return found


async def sums(tx: AsyncSession, actor: Actor, asked: Asked, key: Key) -> Sequence[Any]:
    """What the calls come to, for each value of `key`: how many, failed, unpriced, answered, tokens, cost, time."""
    each = (
        select(
            KEYS[key].label("whose"), CALLS.c.status, took_ms(CALLS.c.at, CALLS.c.settled_at).label("ms"),
            *(CALLS.c[name] for name in SUMMED),
        )
        .where(*_matching(actor, asked))
        .subquery()
    )  # fmt: skip
    settled = each.c.status == CallStatus.SETTLED.value
    query = select(
        each.c.whose,
        func.count().label("requests"),
        func.count().filter(~settled).label("failed"),
        func.count().filter(settled).label("answered"),
        func.count().filter(settled, each.c.cost_micros.is_(None)).label("unpriced"),
        func.coalesce(func.sum(each.c.ms).filter(settled), 0).label("ms"),
        *(func.coalesce(func.sum(each.c[name]), 0).label(name) for name in SUMMED),
    )
    return (await tx.execute(query.group_by(each.c.whose).order_by(each.c.whose))).all()


async def count(tx: AsyncSession, actor: Actor, asked: Asked) -> int:
    """How many calls match."""
    query = select(func.count()).select_from(CALLS).where(*_matching(actor, asked))
    return (await tx.execute(query)).scalar_one()


async def newest(tx: AsyncSession, actor: Actor, asked: Asked, limit: int, offset: int) -> Sequence[Any]:
    """The calls that match, the newest first."""
    query = select(CALLS).where(*_matching(actor, asked)).order_by(CALLS.c.at.desc(), CALLS.c.id.desc())
    return (await tx.execute(query.limit(limit).offset(offset))).all()


async def after(
    tx: AsyncSession, actor: Actor, asked: Asked, last: tuple[datetime, str] | None, limit: int
) -> Sequence[Any]:
    """The next calls that match after the one of this time and id, oldest first."""
    query = select(CALLS).where(*_matching(actor, asked))
    if last is not None:
        at, id_ = last
        query = query.where(CALLS.c.at >= at, or_(CALLS.c.at > at, CALLS.c.id > id_))
    return (await tx.execute(query.order_by(CALLS.c.at, CALLS.c.id).limit(limit))).all()
