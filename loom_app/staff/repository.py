"""Queries across agents, beads and runs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.runs.models import Run


async def titles(tx: AsyncSession, bead_ids: Sequence[str]) -> dict[str, str]:
    """Bead → its title."""
    if not bead_ids:
        return {}
    rows: Sequence[Any] = (await tx.execute(select(Bead.id, Bead.title).where(col(Bead.id).in_(bead_ids)))).all()  # type: ignore[call-overload]
    return {row.id: row.title for row in rows}


async def spent(tx: AsyncSession, agent_ids: Sequence[str]) -> dict[str, Any]:
    """Agent → (runs, cost in micro-dollars, unpriced runs, tokens) of all its runs."""
    if not agent_ids:
        return {}
    tokens = col(Run.tokens_input) + col(Run.tokens_output)
    query = select(
        col(Run.agent_id),
        func.count().label("runs"),
        func.coalesce(func.sum(col(Run.cost_micros)), 0).label("cost_micros"),
        func.count().filter(col(Run.cost_micros).is_(None), tokens > 0).label("unpriced"),
        func.coalesce(func.sum(tokens), 0).label("tokens"),
    )
    grouped = query.where(col(Run.agent_id).in_(agent_ids)).group_by(col(Run.agent_id))
    return {row.agent_id: row for row in (await tx.execute(grouped)).all()}


async def open_beads(tx: AsyncSession, project_ids: Sequence[str]) -> dict[str, int]:
    """Project → how many of its beads are open and wait for no other."""
    if not project_ids:
        return {}
    free = (col(Bead.status) == BeadStatus.OPEN, col(Bead.is_blocked).is_(False), col(Bead.source_status) != TOMBSTONE)
    query = select(col(Bead.project_id), func.count()).where(col(Bead.project_id).in_(project_ids), *free)
    rows: Sequence[Any] = (await tx.execute(query.group_by(col(Bead.project_id)))).all()
    return dict(rows)


async def live_run(tx: AsyncSession, agent_id: str) -> str | None:
    """The run that an agent is at."""
    query = select(col(Run.id)).where(col(Run.agent_id) == agent_id, col(Run.ended_at).is_(None))
    return (await tx.execute(query.order_by(col(Run.created_at).desc()).limit(1))).scalar_one_or_none()
