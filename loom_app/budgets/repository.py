"""Queries of budgets and of the ledger as people ask for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.ledger.models import Budget, Call, CallStatus, Scope
from loom_app.ledger.paying import paid_by
from loom_app.ledger.visibility import visible_to


def shown_to(actor: Actor) -> ColumnElement[bool]:
    """The budgets that `actor` may know of: the system's, those of projects they see, and their own."""
    of_project = and_(col(Budget.project_id) != "", within(actor, col(Budget.project_id)))
    return or_(col(Budget.scope) == Scope.SYSTEM, of_project, _own(actor, col(Budget.scope) == Scope.USER))


def _own(actor: Actor, of_user: ColumnElement[bool]) -> ColumnElement[bool]:
    return of_user if actor.may("system:admin") else and_(of_user, col(Budget.scope_id) == actor.id)


async def get(tx: AsyncSession, budget_id: str, actor: Actor) -> Budget | None:
    """The budget, if `actor` may know of it."""
    query = select(Budget).where(col(Budget.id) == budget_id, shown_to(actor))
    return (await tx.execute(query)).scalar_one_or_none()


async def page(
    tx: AsyncSession, actor: Actor, wanted: Mapping[str, str | None], limit: int, offset: int
) -> tuple[Sequence[Budget], int]:
    """The budgets `actor` may know of, the wide ones first, and how many match."""
    query = select(Budget).where(shown_to(actor))
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Budget, name) == value)
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    order = (col(Budget.scope) != Scope.SYSTEM, col(Budget.scope) != Scope.PROJECT, col(Budget.scope))
    ordered = query.order_by(*order, col(Budget.scope_id), col(Budget.window), col(Budget.id))
    return (await tx.execute(ordered.limit(limit).offset(offset))).scalars().all(), total


async def same(tx: AsyncSession, scope: str, scope_id: str, window: str) -> Budget | None:
    """The budget there is for a scope and window."""
    query = select(Budget).where(
        col(Budget.scope) == scope, col(Budget.scope_id) == scope_id, col(Budget.window) == window
    )
    return (await tx.execute(query)).scalar_one_or_none()


async def count(tx: AsyncSession) -> int:
    """How many budgets there are."""
    return (await tx.execute(select(func.count()).select_from(Budget))).scalar_one()


async def spent(tx: AsyncSession, scope: str, scope_id: str, since: datetime) -> tuple[int, int, datetime | None]:
    """What the scope's settled calls since a moment cost, how many they are and when the first was made."""
    sums: tuple[Any, ...] = (func.coalesce(func.sum(col(Call.cost_micros)), 0), func.count(), func.min(col(Call.at)))
    query = select(*sums).where(
        *paid_by(scope, scope_id), col(Call.at) >= since, col(Call.status) == CallStatus.SETTLED
    )
    micros, calls, first = (await tx.execute(query)).one()
    return int(micros), int(calls), first


def _matching(actor: Actor, wanted: Mapping[str, Any], since: datetime | None, until: datetime | None) -> Any:
    found = [visible_to(actor)]
    found += [getattr(Call, name) == value for name, value in wanted.items() if value is not None]
    found += [col(Call.at) >= since] if since is not None else []
    found += [col(Call.at) < until] if until is not None else []
    return found


async def calls(
    tx: AsyncSession, actor: Actor, wanted: Mapping[str, Any], *,
    since: datetime | None, until: datetime | None, limit: int, offset: int,
) -> Sequence[Call]:  # fmt: skip
    """The calls `actor` may know of that match, the newest first."""
    query = select(Call).where(*_matching(actor, wanted, since, until))
    newest = query.order_by(col(Call.at).desc(), col(Call.id).desc()).limit(limit).offset(offset)
    return (await tx.execute(newest)).scalars().all()


async def call_sums(
    tx: AsyncSession, actor: Actor, wanted: Mapping[str, Any], *,
    since: datetime | None = None, until: datetime | None = None,
) -> Any:  # fmt: skip
    """Sums of the calls that match: how many, cost, unpriced ones, tokens by kind, and what is reserved."""
    settled = col(Call.status) == CallStatus.SETTLED
    kinds = ("tokens_input", "tokens_cached", "tokens_output", "tokens_reasoning", "cost_micros")
    sums = [func.coalesce(func.sum(getattr(Call, kind)), 0).label(kind) for kind in kinds]
    held = func.coalesce(func.sum(col(Call.reserved_micros)).filter(col(Call.status) == CallStatus.RESERVED), 0)
    query = select(
        func.count().label("calls"), func.count().filter(settled, col(Call.cost_micros).is_(None)).label("unpriced"),
        held.label("reserved_micros"), *sums,
    ).where(*_matching(actor, wanted, since, until))  # fmt: skip
    return (await tx.execute(query)).one()
