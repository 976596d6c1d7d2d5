"""Queries of figures: what budgets and projects have used, what tests said, how much was finished."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import Bead
from loom_app.events.models import Event
from loom_app.ledger.models import Budget, BudgetWindow, Call, Scope
from loom_app.runs.models import Run, SuiteRun

LATELY = 1_000
"""How many of the newest results of tests are looked at."""


async def budgets(tx: AsyncSession, moment: datetime) -> Sequence[Any]:
    """Rows of the budgets of the system, projects and agents with what is used of each in its present window."""
    columns = (
        Budget.id, Budget.scope, Budget.scope_id, Budget.project_id, Budget.window, Budget.limit_micros,
        Budget.alert_percent, BudgetWindow.starts_at, BudgetWindow.used_micros,
    )  # fmt: skip
    query = select(*map(col, columns)).join(BudgetWindow, col(BudgetWindow.budget_id) == col(Budget.id))
    scopes = col(Budget.scope).in_((Scope.SYSTEM, Scope.PROJECT, Scope.AGENT))
    present = (col(BudgetWindow.starts_at) <= moment, col(BudgetWindow.ends_at) > moment)
    query = query.where(scopes, col(Budget.limit_micros) > 0, *present).order_by(col(Budget.id))
    return (await tx.execute(query)).all()


async def used_up(tx: AsyncSession, moment: datetime) -> set[str]:
    """The projects whose budget is used up at present; "" when the whole system's is."""
    spent = (col(BudgetWindow.used_micros) >= col(Budget.limit_micros)) | (
        col(BudgetWindow.stopped_limit) == col(Budget.limit_micros)
    )
    query = (
        select(col(Budget.project_id))
        .join(BudgetWindow, col(BudgetWindow.budget_id) == col(Budget.id))
        .where(col(Budget.scope).in_((Scope.SYSTEM, Scope.PROJECT)), spent)
        .where(col(BudgetWindow.starts_at) <= moment, col(BudgetWindow.ends_at) > moment)
    )
    return set((await tx.execute(query)).scalars())


async def spent(tx: AsyncSession, since: datetime) -> dict[str, int]:
    """What the calls of each project since a moment cost, in micro-dollars."""
    total = func.coalesce(func.sum(col(Call.cost_micros)), 0)
    query = select(col(Call.project_id), total).where(col(Call.at) >= since, col(Call.project_id) != "")
    rows: Sequence[Any] = (await tx.execute(query.group_by(col(Call.project_id)))).all()
    return {row[0]: int(row[1]) for row in rows}


async def verdicts(tx: AsyncSession) -> dict[str, list[Any]]:
    """The last result of tests of each run that is over, by project, the newest first."""
    columns = (SuiteRun.project_id, SuiteRun.run_id, SuiteRun.bead_id, SuiteRun.success, SuiteRun.failed)
    query = select(*map(col, columns)).join(Run, col(Run.id) == col(SuiteRun.run_id))
    query = query.where(col(Run.ended_at).is_not(None)).order_by(col(SuiteRun.seq).desc()).limit(LATELY)
    found: dict[str, list[Any]] = {}
    seen: set[str] = set()
    for row in (await tx.execute(query)).all():
        if row.run_id not in seen:
            seen.add(row.run_id)
            found.setdefault(row.project_id, []).append(row)
    return found


async def last_green(tx: AsyncSession, project_ids: Sequence[str]) -> dict[str, int]:
    """The number of the last result that was a success, by project."""
    return await _last(tx, col(SuiteRun.project_id).in_(project_ids), col(SuiteRun.success).is_(True))


async def last_covered(tx: AsyncSession, least: float) -> dict[str, int]:
    """The number of the last result that told of at least so much coverage, by project."""
    return await _last(tx, col(SuiteRun.coverage) >= least)


async def _last(tx: AsyncSession, *wanted: Any) -> dict[str, int]:
    query = (
        select(col(SuiteRun.project_id), func.max(col(SuiteRun.seq))).where(*wanted).group_by(col(SuiteRun.project_id))
    )
    rows: Sequence[Any] = (await tx.execute(query)).all()
    return {row[0]: int(row[1]) for row in rows}


async def coverage(tx: AsyncSession) -> dict[str, Any]:
    """The newest result that told of coverage, by project."""
    newest = (
        select(func.max(col(SuiteRun.seq)))
        .where(col(SuiteRun.coverage).is_not(None))
        .group_by(col(SuiteRun.project_id))
    )
    columns = (SuiteRun.project_id, SuiteRun.run_id, SuiteRun.bead_id, SuiteRun.coverage)
    rows = await tx.execute(select(*map(col, columns)).where(col(SuiteRun.seq).in_(newest)))
    return {row.project_id: row for row in rows}


async def red_since(tx: AsyncSession, project_ids: Sequence[str]) -> dict[str, int]:
    """With which event tests were last found failing on the branch of each project."""
    if not project_ids:
        return {}
    wanted = (col(Event.type) == "project.branch_red", col(Event.project_id).in_(project_ids))
    query = select(col(Event.project_id), func.max(col(Event.seq))).where(*wanted).group_by(col(Event.project_id))
    rows: Sequence[Any] = (await tx.execute(query)).all()
    return {row[0]: int(row[1]) for row in rows}


async def done(tx: AsyncSession, moment: datetime, length: timedelta) -> dict[str, tuple[int, int]]:
    """How many beads of each project were finished in the length of time before the last one, and in the last."""
    middle = moment - length
    lately = func.sum(case((col(Bead.closed_at) > middle, 1), else_=0))
    span = (col(Bead.closed_at) > middle - length, col(Bead.closed_at) <= moment)
    query = select(col(Bead.project_id), func.count(), lately).where(*span).group_by(col(Bead.project_id))
    return {row[0]: (int(row[1]) - int(row[2]), int(row[2])) for row in (await tx.execute(query)).all()}
