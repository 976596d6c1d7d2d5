"""Queries of calls that are over. Sums are the database's: rows pass through Python only when they are shown.

What is summed is taken from the stored sums of whole days, hours and minutes; from the calls themselves where the span
cuts through an hour, and for hours of which calls have ended since their sums were made. So it is always exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.analytics.asked import Asked
from loom_app.analytics.columns import (
    AGENT,
    CALLS,
    MEASURES,
    MODEL,
    NEEDED,
    OVER,
    SETTLED_THEN,
    TOOK,
    Key,
    key_of,
    of_call,
)  # fmt: skip
from loom_app.analytics.grains import Grain, Piece, begun, pieces
from loom_app.analytics.latency import band_of
from loom_app.analytics.rolling import LATENCIES, LATENCY_DIMENSIONS, MARKS, USAGE, minutes_since
from loom_app.auth.models import User
from loom_app.kernel.actor import Actor
from loom_app.ledger.visibility import visible_to
from loom_app.projects.models import Project
from loom_app.providers.models import Provider


async def sums(
    tx: AsyncSession, actor: Actor, asked: Asked, *keys: Key, period: Grain | None = None,
    measures: Sequence[str] = MEASURES,
) -> Sequence[Any]:  # fmt: skip
    """What the calls come to for each combination of `keys`, and within each `period` where one is given.

    Rows have the keys under their names, `period` where it began, and the columns of `measures`.
    """
    columns = [*dict.fromkeys(name for key in keys for name in NEEDED[key]), *measures]
    each = union_all(*_parts(actor, asked, period, columns)).subquery()
    groups: list[ColumnElement[Any]] = [key_of(each.c, key).label(key) for key in keys]
    if period is not None:
        groups.append(each.c.period)
    figures = [func.coalesce(func.sum(each.c[name]), 0).label(name) for name in measures]
    query = select(*groups, *figures)
    if groups:
        query = query.group_by(*groups).order_by(*groups)
    return (await tx.execute(query)).all()


async def latencies(tx: AsyncSession, actor: Actor, asked: Asked, period: Grain) -> Sequence[Any]:
    """How many answers fell into each band of times, by `period`: rows of `period`, `band` and `answered`."""
    each = union_all(*_bands(actor, asked, period)).subquery()
    groups = [each.c.period, each.c.band]
    query = select(*groups, func.sum(each.c.answered).label("answered")).group_by(*groups)
    return (await tx.execute(query)).all()


def _parts(actor: Actor, asked: Asked, period: Grain | None, columns: Sequence[str]) -> Iterator[Select[Any]]:
    calls = of_call()
    stored = {name: USAGE.c[name] for name in columns}
    yield from _of(USAGE, stored, {name: calls[name] for name in columns}, actor, asked, period)


def _bands(actor: Actor, asked: Asked, period: Grain) -> Iterator[Select[Any]]:
    """Where agents, beads or runs are told apart the stored ones do not help, and there are few calls."""
    names = (*LATENCY_DIMENSIONS, "band", "answered")
    calls = {**of_call(), "band": band_of(TOOK)}
    only = {name: calls[name] for name in names}
    narrow = asked.agent_id or asked.bead_id or (asked.user_id or "").startswith(AGENT)
    table_ = None if narrow else LATENCIES
    yield from _of(table_, {name: LATENCIES.c[name] for name in names}, only, actor, asked, period, SETTLED_THEN)


def _of(
    stored: Any, names: Mapping[str, Any], calls: Mapping[str, Any], actor: Actor, asked: Asked,
    period: Grain | None, *which: ColumnElement[bool],
) -> Iterator[Select[Any]]:  # fmt: skip
    """The stored sums and the calls that together are the span: one query each, of the columns `names`."""
    raw = [column.label(name) for name, column in calls.items()]
    of_calls = (*_matching(actor, asked, {**of_call(), "run_id": CALLS.c.run_id}), OVER, *which)
    finest: Grain = period or "day"
    since_minutes = asked.until if stored is LATENCIES else minutes_since()
    if stored is None or asked.run_id:
        found: Iterator[Piece] = iter([Piece(None, asked.since, asked.until)])
    else:
        found = pieces(asked.since, asked.until, finest, since_minutes)
    empty = True
    for piece in found:
        empty = False
        if piece.grain is None:
            span = (CALLS.c.at >= piece.since, CALLS.c.at < piece.until)
            yield select(_period(CALLS.c.at, period), *raw).where(*of_calls, *span)
            continue
        kept = [column.label(name) for name, column in names.items()]
        base = select(_period(stored.c.starts, period), *kept).where(*_matching(actor, asked, stored.c))
        within = (stored.c.starts >= piece.since, stored.c.starts < piece.until)
        marked = (MARKS.c.ends > piece.since, MARKS.c.hour < piece.until)
        yield base.where(stored.c.grain == piece.grain, *within, _unmarked(stored.c.starts, piece.grain))
        if piece.grain == "day":
            days = select(MARKS.c.day, MARKS.c.day_ends).where(*marked).distinct().subquery()
            of_day = (stored.c.starts >= days.c.day) & (stored.c.starts < days.c.day_ends)
            yield base.join_from(days, stored, of_day).where(
                stored.c.grain == "hour", _unmarked(stored.c.starts, "hour")
            )
        hours = select(MARKS.c.hour, MARKS.c.ends).where(*marked).distinct().subquery()
        of_hour = (CALLS.c.at >= hours.c.hour) & (CALLS.c.at < hours.c.ends)
        span = (CALLS.c.at >= piece.since, CALLS.c.at < piece.until)
        anew = select(_period(CALLS.c.at, period), *raw).where(*of_calls, *span)
        yield anew.join_from(hours, CALLS, of_hour)
    if empty:
        yield select(_period(CALLS.c.at, period), *raw).where(literal(False))


def _period(moment: Any, period: Grain | None) -> ColumnElement[Any]:
    return (literal("") if period is None else begun(moment, period)).label("period")


def _unmarked(starts: Any, grain: Grain) -> ColumnElement[bool]:
    if grain == "day":
        return starts.not_in(select(MARKS.c.day))  # type: ignore[no-any-return]
    hour = begun(starts, "hour") if grain == "minute" else starts
    return hour.not_in(select(MARKS.c.hour))


def _matching(actor: Actor, asked: Asked, columns: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    found: list[Any] = [visible_to(actor, columns["project_id"], columns["user_id"])]
    for name in ("provider_id", "project_id", "agent_id", "bead_id", "run_id", "model"):
        found += [columns[name] == value] if (value := getattr(asked, name)) else []
    if asked.user_id and asked.user_id.startswith(AGENT):
        found += [columns["user_id"] == "", columns["agent_id"] == asked.user_id.removeprefix(AGENT)]
    elif asked.user_id:
        found.append(columns["user_id"] == asked.user_id)
    return found


def _calls(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    of = {**of_call(), "run_id": CALLS.c.run_id, "model": MODEL}
    return [*_matching(actor, asked, of), OVER, CALLS.c.at >= asked.since, CALLS.c.at < asked.until]


async def count(tx: AsyncSession, actor: Actor, asked: Asked) -> int:
    """How many calls match."""
    (row,) = await sums(tx, actor, asked)
    return int(row.requests)


SHOWN = [column for column in CALLS.c if column.name not in ("rates", "expires_at", "reserved_micros")]
"""What is shown of a call; the prices are not read, which takes as long as all the others."""


async def newest(tx: AsyncSession, actor: Actor, asked: Asked, limit: int, offset: int) -> Sequence[Any]:
    """The calls that match, the newest first."""
    query = select(*SHOWN).where(*_calls(actor, asked)).order_by(CALLS.c.at.desc(), CALLS.c.id.desc())
    return (await tx.execute(query.limit(limit).offset(offset))).all()


async def after(
    tx: AsyncSession, actor: Actor, asked: Asked, last: tuple[datetime, str] | None, limit: int
) -> Sequence[Any]:
    """The next calls that match after the one of this time and id, oldest first."""
    query = select(*SHOWN).where(*_calls(actor, asked))
    if last is not None:
        at, id_ = last
        query = query.where(CALLS.c.at >= at, or_(CALLS.c.at > at, CALLS.c.id > id_))
    return (await tx.execute(query.order_by(CALLS.c.at, CALLS.c.id).limit(limit))).all()


async def names(tx: AsyncSession, ids: Mapping[Key, set[str]]) -> dict[Key, dict[str, str]]:
    """What people call those users, agents, projects and providers that there are still."""
    agents = ids["agent"] | {whose.removeprefix(AGENT) for whose in ids["user"] if whose.startswith(AGENT)}
    called = await _names(tx, Agent, col(Agent.name), agents)
    users = await _names(tx, User, col(User.username), ids["user"])
    users |= {AGENT + agent: name for agent, name in called.items()}
    return {
        "user": users, "agent": called, "model": {}, "bead": {},
        "project": await _names(tx, Project, col(Project.name), ids["project"]),
        "provider": await _names(tx, Provider, col(Provider.name), ids["provider"]),
    }  # fmt: skip


async def _names(tx: AsyncSession, model: Any, name: Any, ids: set[str]) -> dict[str, str]:
    found = await tx.execute(select(model.id, name).where(model.id.in_(sorted(ids))))
    return {row[0]: row[1] for row in found}
