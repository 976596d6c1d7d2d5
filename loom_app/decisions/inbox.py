"""The inbox of one person: what waits for an answer, the most pressing first, and what was answered."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.holders import names
from loom_app.decisions.models import Decision, DecisionComment, DecisionStatus, Snooze
from loom_app.decisions.opening import RISKS
from loom_app.decisions.schemas import Inbox, InboxRow
from loom_app.decisions.telling import PEOPLE
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.scope import within

VIEWS = ("waiting", "overdue", "today", "later", "snoozed", "answered")
SOON = timedelta(hours=24)
SHOWN = 400
"""How much of a question the list has."""
RISK = case({risk: rank for rank, risk in enumerate(reversed(RISKS))}, value=col(Decision.risk), else_=len(RISKS))


@dataclass(frozen=True)
class Asked:
    """What of the inbox is wanted; empty fields ask nothing. `mine` are those assigned to the asker."""

    view: str = "waiting"
    project_id: str = ""
    risk: str = ""
    kind: str = ""
    mine: bool = False
    sort: str = "urgency"


async def page(tx: AsyncSession, actor: Actor, asked: Asked, limit: int, offset: int) -> Inbox:
    """One page, by how soon the deadline comes and by risk, and how many there are under each heading."""
    headings = _headings()
    held = and_(col(Snooze.decision_id) == col(Decision.id), col(Snooze.user_id) == actor.id)
    base = select(col(Decision.id)).outerjoin(Snooze, held).where(*_wanted(actor, asked))
    tallies = (func.count().filter(headings[view]).label(view) for view in VIEWS)
    row = (await tx.execute(base.with_only_columns(*tallies))).one()
    counts = {view: getattr(row, view) for view in VIEWS}
    ids = (
        await tx.execute(base.where(headings[asked.view]).order_by(*_order(asked)).limit(limit).offset(offset))
    ).scalars()
    rows = await _rows(tx, held, list(ids))
    called = await names(tx, (who for row in rows for who in (row.requester_id, row.assigned_to, row.decider_id)))
    shown = [_shown(row, lambda who: called.of(who) or "") for row in rows]
    return Inbox(decisions=shown, total=counts[asked.view], counts=counts)


async def _rows(tx: AsyncSession, held: ColumnElement[bool], ids: list[str]) -> list[Any]:
    """What is shown of these decisions, in their order; only of them comments are counted."""
    query = select(*_columns()).select_from(Decision).outerjoin(Snooze, held).where(col(Decision.id).in_(ids))
    found = {row.id: row for row in await tx.execute(query)}
    return [found[decision_id] for decision_id in ids]


def _wanted(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    given = ((Decision.project_id, asked.project_id), (Decision.risk, asked.risk), (Decision.kind, asked.kind))
    wanted = [within(actor, col(Decision.project_id)), *(col(column) == value for column, value in given if value)]
    return [*wanted, col(Decision.assigned_to) == actor.id] if asked.mine else wanted


def _headings() -> dict[str, ColumnElement[bool]]:
    moment = now()
    is_open, deadline = col(Decision.status) == DecisionStatus.OPEN, col(Decision.deadline)
    later = col(Snooze.until) > moment
    waits = and_(is_open, or_(col(Snooze.until) == null(), ~later))
    return {
        "waiting": waits,
        "overdue": and_(waits, deadline <= moment),
        "today": and_(waits, deadline > moment, deadline <= moment + SOON),
        "later": and_(waits, deadline > moment + SOON),
        "snoozed": and_(is_open, later),
        "answered": ~is_open,
    }


def _order(asked: Asked) -> list[Any]:
    newest = col(Decision.id).desc()
    if asked.view == "answered":
        return [col(Decision.decided_at).desc(), newest]
    deadline = col(Decision.deadline)
    if asked.sort == "deadline":
        return [deadline, RISK, newest]
    if asked.sort == "risk":
        return [RISK, deadline, newest]
    pressing = case((deadline <= now(), literal(0)), (deadline <= now() + SOON, literal(1)), else_=literal(2))
    return [pressing, RISK, deadline, newest]


def _columns() -> list[Any]:
    said = select(func.count()).where(col(DecisionComment.decision_id) == col(Decision.id)).scalar_subquery()
    plain = (
        Decision.id, Decision.kind, Decision.title, Decision.risk, Decision.priority, Decision.status,
        Decision.project_id, Decision.bead_id, Decision.deadline, Decision.default_option, Decision.requester_id,
        Decision.assigned_to, Decision.decision, Decision.decider_id, Decision.created_at, Decision.decided_at,
    )  # fmt: skip
    cut = func.substr(col(Decision.question), 1, SHOWN).label("question")
    return [*plain, cut, col(Snooze.until).label("snoozed_until"), said.label("comments")]


def _shown(row: Any, called: Any) -> InboxRow:
    own = {name: getattr(row, name) for name in InboxRow.model_fields if hasattr(row, name)}
    decider = "the deadline" if row.status == DecisionStatus.EXPIRED else called(row.decider_id)
    return InboxRow(
        **own,
        requester="Loom" if row.requester_id == SYSTEM.id else called(row.requester_id),
        assignee=called(row.assigned_to) if row.assigned_to else PEOPLE,
        decider="Loom" if decider == SYSTEM.id else decider,
    )
