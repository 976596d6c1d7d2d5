"""Beads on their paths, derived from runs, decisions and the beads: nothing is told that did not happen."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.beads.models import TOMBSTONE, Bead, BeadStatus
from loom_app.decisions.answers import Kind
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import GitStrategy, Project
from loom_app.runs.models import LIVE, Run, RunStatus, TerminalReason
from loom_app.workflows.paths import APPROVAL, COMMIT, SAID, WORK
from loom_app.workflows.schemas import Analytics, Passage, Passed

RECENT = 10
NEVER_BY_A_QUESTION = (Kind.REVIEW, Kind.COMMAND)
"""Decisions that belong to the path; any other that a bead waits for is an escalation."""
CONDITIONS = {
    TerminalReason.COMPLETED: "success", TerminalReason.REVIEW: "success", TerminalReason.SENT_BACK: "rejected",
    TerminalReason.ESCALATED: "escalated",
}  # fmt: skip


def _count(reason: TerminalReason) -> Any:
    return func.sum(case((col(Run.terminal_reason) == reason, 1), else_=0))


def _asked(*conditions: Any) -> Any:
    """Whether people are asked about the bead."""
    waits = (col(Decision.bead_id) == col(Bead.id), col(Decision.status) == DecisionStatus.OPEN)
    return exists().where(*waits, *conditions)


ESCALATED = _asked(col(Decision.kind).not_in(NEVER_BY_A_QUESTION))
STATUS = case(
    (col(Bead.status) == BeadStatus.DONE, "completed"),
    (and_(col(Bead.status) == BeadStatus.BLOCKED, ESCALATED), "escalated"),
    (col(Bead.status) == BeadStatus.BLOCKED, "blocked"),
    else_="active",
).label("standing")
_OF_AGENTS = col(Run.paired_with) == ""
_ESCALATED_AT = case((col(Run.terminal_reason) == TerminalReason.ESCALATED, col(Run.ended_at)))
RUNS = (
    select(
        col(Run.bead_id),
        func.min(col(Run.created_at)).label("begun_at"),
        func.max(col(Run.created_at)).label("last_at"),
        _count(TerminalReason.SENT_BACK).label("cycles"),
        _count(TerminalReason.ESCALATED).label("escalations"),
        func.max(_ESCALATED_AT).label("escalated_at"),
    )
    .where(_OF_AGENTS)
    .group_by(col(Run.bead_id))
    .subquery()
)
"""Each bead that an agent took up, with how often and when."""
_BEAD = tuple(map(col, (Bead.id, Bead.project_id, Bead.type, Bead.status, Bead.hops, Bead.closed_at)))


def _chosen(actor: Actor, *columns: Any) -> Select[Any]:
    query = select(*columns).join(RUNS, RUNS.c.bead_id == col(Bead.id))
    return query.where(within(actor, col(Bead.project_id)), col(Bead.source_status) != TOMBSTONE)


async def page(
    tx: AsyncSession, actor: Actor, *, limit: int, offset: int, bead_id: str | None = None
) -> tuple[list[Passage], int]:
    """The beads on their paths that `actor` sees, the one taken up last first, and how many there are."""
    asked_for_review = _asked(col(Decision.kind) == Kind.REVIEW).label("in_review")
    told = (RUNS.c.begun_at, RUNS.c.last_at, RUNS.c.cycles, RUNS.c.escalated_at)
    query = _chosen(actor, *_BEAD, STATUS, asked_for_review, *told)
    counted = _chosen(actor, func.count())
    if bead_id is not None:
        query, counted = query.where(col(Bead.id) == bead_id), counted.where(col(Bead.id) == bead_id)
    rows = (await tx.execute(query.order_by(RUNS.c.last_at.desc(), col(Bead.id)).limit(limit).offset(offset))).all()
    total = (await tx.execute(counted.select_from(Bead))).scalar_one()
    strategies = await _strategies(tx, {row.project_id for row in rows})
    last = await _last_runs(tx, [row.id for row in rows])
    return [_passage(row, strategies[row.project_id], last[row.id]) for row in rows], total


async def history(tx: AsyncSession, bead_id: str) -> list[Passed]:
    """The attempts at the stations of one bead, oldest first."""
    columns = (Run.id, Run.agent_id, Run.terminal_reason, Run.message, Run.created_at, Run.ended_at, Run.commit_hash)
    runs = select(*map(col, columns)).where(col(Run.bead_id) == bead_id, col(Run.paired_with) == "")
    passed = [
        _worked(row, bead_id, number)
        for number, row in enumerate((await tx.execute(runs.order_by(col(Run.created_at)))).all(), start=1)
    ]
    asked = select(Decision).where(col(Decision.bead_id) == bead_id, col(Decision.kind) == Kind.REVIEW)
    reviews = (await tx.execute(asked.order_by(col(Decision.created_at)))).scalars().all()
    passed += [_reviewed(row, bead_id, number) for number, row in enumerate(reviews, start=1)]
    return sorted(passed, key=lambda one: one.created_at)


async def analytics(tx: AsyncSession, actor: Actor) -> Analytics:
    """How the beads fare that `actor` sees."""
    sums = (
        func.count(),
        func.sum(RUNS.c.cycles),
        func.max(RUNS.c.cycles),
        func.sum(case((RUNS.c.escalations > 0, 1), else_=0)),
    )
    total, cycles, most, escalated = (await tx.execute(_chosen(actor, *sums).select_from(Bead))).one()
    recent, _ = await page(tx, actor, limit=RECENT, offset=0)
    return Analytics(
        status_counts=await _by(tx, actor, STATUS), type_counts=await _by(tx, actor, col(Bead.type)),
        average_cycles=round((cycles or 0) / total, 3) if total else 0.0, max_cycles=most or 0,
        escalation_rate=round((escalated or 0) / total, 3) if total else 0.0, total_executions=total,
        escalated_count=escalated or 0, recent_executions=recent,
    )  # fmt: skip


async def _by(tx: AsyncSession, actor: Actor, column: Any) -> dict[str, int]:
    rows = await tx.execute(_chosen(actor, column, func.count()).group_by(column))
    return {str(name): count for name, count in rows}


async def _strategies(tx: AsyncSession, ids: set[str]) -> dict[str, str]:
    query = select(col(Project.id), col(Project.git_strategy)).where(col(Project.id).in_(sorted(ids)))
    return {row.id: row.git_strategy for row in await tx.execute(query)}


async def _last_runs(tx: AsyncSession, bead_ids: Sequence[str]) -> dict[str, Any]:
    """Of each bead its newest run."""
    columns = (Run.bead_id, Run.status, Run.terminal_reason, Run.created_at, Run.ended_at)
    query = select(*map(col, columns)).where(col(Run.bead_id).in_(bead_ids), _OF_AGENTS)
    return {row.bead_id: row for row in await tx.execute(query.order_by(col(Run.created_at), col(Run.id)))}


def _passage(row: Any, strategy: str, last: Any) -> Passage:
    return Passage(
        id=f"path-{row.id}", bead_id=row.id, bead_type=row.type, project_id=row.project_id, workflow_id=strategy,
        workflow_name=SAID[GitStrategy(strategy)][0], current_node_key=_station(row, last), status=row.standing,
        cycle_count=row.cycles, node_attempt_count=row.hops, started_at=row.begun_at,
        completed_at=row.closed_at if row.status == BeadStatus.DONE else None, escalated_at=row.escalated_at,
        last_node_at=last.ended_at or last.created_at,
    )  # fmt: skip


def _station(row: Any, last: Any) -> str:
    """Where the bead is on its path."""
    if row.status == BeadStatus.DONE:
        return ""
    if last.status in LIVE or last.terminal_reason != TerminalReason.REVIEW or last.status != RunStatus.WAITING:
        return WORK
    return APPROVAL if row.in_review else COMMIT


def _worked(row: Any, bead_id: str, number: int) -> Passed:
    condition = "" if row.ended_at is None else CONDITIONS.get(row.terminal_reason, "failure")
    result = {
        "run_id": row.id,
        "terminal_reason": row.terminal_reason,
        "message": row.message,
        "commit": row.commit_hash,
    }
    return Passed(
        id=row.id, execution_id=f"path-{bead_id}", node_key=WORK, agent_id=row.agent_id, condition=condition,
        result_data={name: value for name, value in result.items() if value}, attempt_number=number,
        created_at=row.created_at,
    )  # fmt: skip


def _reviewed(row: Decision, bead_id: str, number: int) -> Passed:
    over = row.status != DecisionStatus.OPEN
    condition = ("approved" if row.decision.startswith("approve") else "rejected") if over else ""
    return Passed(
        id=row.id, execution_id=f"path-{bead_id}", node_key=APPROVAL, agent_id="", condition=condition,
        result_data={"decision_id": row.id, **({"decision": row.decision} if row.decision else {})},
        attempt_number=number, created_at=row.created_at,
    )  # fmt: skip
