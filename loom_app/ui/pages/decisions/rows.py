"""Decisions as their page shows them."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.auth.models import User
from loom_app.decisions import repository
from loom_app.decisions.answers import Kind
from loom_app.decisions.models import DecisionStatus
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import rfc3339

MOST_OPEN, MOST_DECIDED = 50, 30


@dataclass
class DecisionRow:
    """One decision; moments are RFC 3339, empty while they have not come."""

    id: str
    bead_id: str
    title: str
    question: str
    recommendation: str
    risk: str
    priority: int
    asked_by: str
    asked_at: str
    deadline: str
    deadline_word: str
    otherwise: str
    by_words: bool
    answer: str
    rationale: str
    decided_by: str
    decided_at: str
    options: list[str] = field(default_factory=list)


async def load(tx: AsyncSession, actor: Actor) -> tuple[list[DecisionRow], list[DecisionRow], int]:
    """Of those `actor` sees: the open ones, nearest deadline first; the newest that are over; how many are open."""
    opened, waiting = await _page(tx, actor, DecisionStatus.OPEN, MOST_OPEN)
    over = [
        row
        for status in (DecisionStatus.DECIDED, DecisionStatus.EXPIRED)
        for row in (await _page(tx, actor, status, MOST_DECIDED))[0]
    ]
    names = await _names(tx, {who for row in [*opened, *over] for who in (row.requester_id, row.decider_id)})
    nearest = sorted(opened, key=lambda row: (row.deadline, row.priority))
    newest = sorted(over, key=lambda row: row.decided_at or row.created_at, reverse=True)[:MOST_DECIDED]
    return [_row(row, names) for row in nearest], [_row(row, names) for row in newest], waiting


async def _page(tx: AsyncSession, actor: Actor, status: DecisionStatus, limit: int) -> tuple[list[Any], int]:
    rows, total = await repository.page(tx, actor, {"status": status}, limit, 0)
    return list(rows), total


async def _names(tx: AsyncSession, ids: set[str]) -> dict[str, str]:
    """What people call these users and agents."""
    agents = await tx.execute(select(col(Agent.id), col(Agent.name)).where(col(Agent.id).in_(ids)))
    users = await tx.execute(select(col(User.id), col(User.username)).where(col(User.id).in_(ids)))
    return {row[0]: row[1] for row in [*agents, *users]} | {SYSTEM.id: "nobody: the deadline passed"}


def _row(row: Any, names: dict[str, str]) -> DecisionRow:
    return DecisionRow(
        id=row.id,
        bead_id=row.bead_id,
        title=row.title,
        question=row.question,
        recommendation=row.recommendation,
        risk=row.risk,
        priority=row.priority,
        asked_by=names.get(row.requester_id, row.requester_id),
        asked_at=rfc3339(row.created_at),
        deadline=rfc3339(row.deadline),
        deadline_word=f"{row.deadline:%d %b %Y, %H:%M} UTC",
        otherwise=said(row.default_option),
        by_words=row.kind == Kind.QUESTION,
        answer=said(row.decision),
        rationale=row.rationale,
        decided_by=names.get(row.decider_id, row.decider_id),
        decided_at=rfc3339(row.decided_at) if row.decided_at else "",
        options=list(row.options or []),
    )


def said(option: str) -> str:
    """An option as people say it."""
    return {"approve": "approved", "deny": "denied", "needs_more_info": "needs more information"}.get(option, option)
