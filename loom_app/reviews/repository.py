"""Queries of reviews, and of runs and decisions as reviews see them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from loom_app.beads.models import Bead, BeadStatus
from loom_app.decisions.answers import APPROVE, Kind
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.reviews.models import Revert, RevertStatus, ReviewComment
from loom_app.runs.models import Run, RunStatus, TerminalReason

TALK = TerminalReason.PAIRED


async def comments(tx: AsyncSession, run_id: str) -> Sequence[ReviewComment]:
    """What was said of a run's lines, in order."""
    query = select(ReviewComment).where(col(ReviewComment.run_id) == run_id)
    return (await tx.execute(query.order_by(col(ReviewComment.created_at), col(ReviewComment.id)))).scalars().all()


async def newest_decision(tx: AsyncSession, run_id: str) -> Decision | None:
    """The newest decision about whether the run's work is merged."""
    query = select(Decision).where(col(Decision.run_id) == run_id, col(Decision.kind) == Kind.REVIEW)
    newest = query.order_by(col(Decision.created_at).desc(), col(Decision.id).desc()).limit(1)
    return (await tx.execute(newest.execution_options(populate_existing=True))).scalars().first()


async def is_newest(tx: AsyncSession, run: Run) -> bool:
    """Whether no later run has worked on the bead."""
    query = select(col(Run.id)).where(col(Run.bead_id) == run.bead_id, col(Run.terminal_reason) != TALK)
    newest = query.order_by(col(Run.created_at).desc(), col(Run.id).desc()).limit(1)
    return (await tx.execute(newest)).scalar_one() == run.id


async def to_merge(tx: AsyncSession, run_id: str | None = None) -> Sequence[Any]:
    """(run_id, project_id, asked_at) of the runs whose work was approved and is not merged, in order of approval."""
    later = aliased(Run)
    newer = select(col(later.id)).where(
        col(later.bead_id) == col(Run.bead_id),
        col(later.created_at) > col(Run.created_at),
        col(later.terminal_reason) != TALK,
    )
    again = aliased(Decision)
    asked_again = select(col(again.id)).where(
        col(again.run_id) == col(Run.id), col(again.kind) == Kind.REVIEW, col(again.status) == DecisionStatus.OPEN
    )
    columns: Any = (col(Run.id).label("run_id"), col(Run.project_id), col(Decision.decided_at).label("asked_at"))
    query = (
        select(*columns)
        .join(Decision, col(Decision.run_id) == col(Run.id))
        .join(Bead, col(Bead.id) == col(Run.bead_id))
        .where(col(Run.status) == RunStatus.WAITING, col(Run.terminal_reason) == TerminalReason.REVIEW)
        .where(col(Decision.kind) == Kind.REVIEW, col(Decision.decision) == APPROVE, col(Decision.changes) == "")
        .where(col(Bead.status) == BeadStatus.BLOCKED, ~newer.exists(), ~asked_again.exists())
        .order_by(col(Decision.decided_at), col(Run.id))
    )
    if run_id is not None:
        query = query.where(col(Run.id) == run_id)
    return (await tx.execute(query)).all()


async def to_revert(tx: AsyncSession) -> Sequence[Any]:
    """(run_id, project_id, asked_at) of the work that is to be taken back, in order of asking."""
    columns = (col(Revert.run_id), col(Revert.project_id), col(Revert.asked_at))
    query = select(*columns).where(col(Revert.status) == RevertStatus.WAITING)
    return (await tx.execute(query.order_by(col(Revert.asked_at), col(Revert.run_id)))).all()


async def branches_kept(tx: AsyncSession, project_id: str) -> set[str]:
    """The branches of a project that runs work on or that wait for people."""
    query = select(col(Run.branch)).where(
        col(Run.project_id) == project_id,
        col(Run.status).in_((RunStatus.CLAIMED, RunStatus.RUNNING, RunStatus.WAITING)),
    )
    return set((await tx.execute(query.distinct())).scalars())
