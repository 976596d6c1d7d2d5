"""Queries of executions, instructions, schedules and effects."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.temporal_language.models import (
    OVER,
    InstructionStatus,
    TemporalEffect,
    TemporalExecution,
    TemporalInstruction,
    TemporalSchedule,
)  # fmt: skip

LATEST = 50


async def is_kept(tx: AsyncSession, cause: str) -> bool:
    """Whether what was found there is kept already."""
    return (
        await tx.execute(select(col(TemporalExecution.id)).where(col(TemporalExecution.cause) == cause))
    ).first() is not None


async def of_run(tx: AsyncSession, run_id: str) -> Sequence[TemporalExecution]:
    """The executions of a run in order."""
    query = select(TemporalExecution).where(col(TemporalExecution.run_id) == run_id)
    return (await tx.execute(query.order_by(col(TemporalExecution.turn)))).scalars().all()


async def instructions(tx: AsyncSession, execution_ids: Sequence[str]) -> Sequence[TemporalInstruction]:
    """The instructions of executions, in order within each."""
    if not execution_ids:
        return []
    query = select(TemporalInstruction).where(col(TemporalInstruction.execution_id).in_(execution_ids))
    ordered = query.order_by(col(TemporalInstruction.execution_id), col(TemporalInstruction.position))
    return (await tx.execute(ordered)).scalars().all()


async def left(tx: AsyncSession, pending_before: datetime, started_before: datetime) -> list[str]:
    """Instructions nobody is at: those that wait, and those that were kept or begun before then and never ended."""
    status, made = col(TemporalInstruction.status), col(TemporalInstruction.created_at)
    query = select(col(TemporalInstruction.id)).where(
        status.not_in(OVER),
        or_(
            status == InstructionStatus.WAITING,
            (status == InstructionStatus.PENDING) & (made < pending_before),
            (status == InstructionStatus.STARTED) & (col(TemporalInstruction.started_at) < started_before),
        ),
    )
    return list((await tx.execute(query.order_by(made).limit(LATEST))).scalars())


async def carried_out_since(tx: AsyncSession, agent_id: str, since: datetime) -> int:
    """How many instructions of the agent were begun since then."""
    query = select(func.count()).where(
        col(TemporalInstruction.agent_id) == agent_id, col(TemporalInstruction.created_at) >= since,
        col(TemporalInstruction.started_at).is_not(None),
    )  # fmt: skip
    return int((await tx.execute(query)).scalar_one())


async def started(tx: AsyncSession, project_id: str, handle: str) -> TemporalInstruction | None:
    """The instruction that started the workflow called so."""
    query = select(TemporalInstruction).where(
        col(TemporalInstruction.project_id) == project_id, col(TemporalInstruction.handle) == handle
    )
    return (await tx.execute(query.order_by(col(TemporalInstruction.created_at)).limit(1))).scalars().first()


async def latest_started(tx: AsyncSession, project_id: str) -> Sequence[Any]:
    """The newest workflows of the project's agents, each with what it brought about."""
    query = (
        select(TemporalInstruction.handle, TemporalInstruction.name, TemporalInstruction.created_at)  # type: ignore[call-overload]
        .where(
            col(TemporalInstruction.project_id) == project_id, col(TemporalInstruction.kind) == "WORKFLOW",
            col(TemporalInstruction.handle) != "",
        )
        .order_by(col(TemporalInstruction.created_at).desc())
        .limit(LATEST)
    )  # fmt: skip
    rows: Sequence[Any] = (await tx.execute(query)).all()
    return rows


async def schedule(tx: AsyncSession, project_id: str, name: str, *, to_change: bool = False) -> TemporalSchedule | None:
    """The live schedule called so, locked to the end of `tx` when it is to change."""
    query = select(TemporalSchedule).where(
        col(TemporalSchedule.project_id) == project_id, col(TemporalSchedule.name) == name,
        col(TemporalSchedule.ended_at).is_(None),
    )  # fmt: skip
    return (await tx.execute(query.with_for_update() if to_change else query)).scalars().first()


async def live_schedules(tx: AsyncSession, project_id: str = "", agent_id: str = "") -> Sequence[TemporalSchedule]:
    """The schedules that hold, of a project or an agent where one is named."""
    query = select(TemporalSchedule).where(col(TemporalSchedule.ended_at).is_(None))
    if project_id:
        query = query.where(col(TemporalSchedule.project_id) == project_id)
    if agent_id:
        query = query.where(col(TemporalSchedule.agent_id) == agent_id)
    return (await tx.execute(query.order_by(col(TemporalSchedule.created_at)))).scalars().all()


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | None], *, limit: int, offset: int
) -> tuple[Sequence[TemporalExecution], int]:
    """The executions `actor` sees, newest first, and how many match in all."""
    wanted = [within(actor, col(TemporalExecution.project_id))]
    wanted += [getattr(TemporalExecution, name) == value for name, value in asked.items() if value]
    total = (await tx.execute(select(func.count()).select_from(TemporalExecution).where(*wanted))).scalar_one()
    newest = col(TemporalExecution.created_at).desc(), col(TemporalExecution.id).desc()
    query = select(TemporalExecution).where(*wanted).order_by(*newest).limit(limit).offset(offset)
    return (await tx.execute(query)).scalars().all(), total


async def schedules_page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | None], *, limit: int, offset: int
) -> tuple[Sequence[TemporalSchedule], int]:
    """The schedules `actor` sees, those that hold first, then newest first; and how many there are."""
    wanted = [within(actor, col(TemporalSchedule.project_id))]
    wanted += [getattr(TemporalSchedule, name) == value for name, value in asked.items() if value]
    total = (await tx.execute(select(func.count()).select_from(TemporalSchedule).where(*wanted))).scalar_one()
    order = col(TemporalSchedule.ended_at).is_not(None), col(TemporalSchedule.created_at).desc()
    query = select(TemporalSchedule).where(*wanted).order_by(*order, col(TemporalSchedule.id))
    return (await tx.execute(query.limit(limit).offset(offset))).scalars().all(), total


async def forget(tx: AsyncSession, before: datetime) -> None:
    """Removes what was done before then; schedules that hold stay."""
    await tx.execute(delete(TemporalExecution).where(col(TemporalExecution.created_at) < before))
    await tx.execute(delete(TemporalEffect).where(col(TemporalEffect.created_at) < before))
    await tx.execute(delete(TemporalSchedule).where(col(TemporalSchedule.ended_at) < before))


async def any_before(tx: AsyncSession, before: datetime) -> bool:
    """Whether there is something from before then."""
    query = select(col(TemporalExecution.id)).where(col(TemporalExecution.created_at) < before).limit(1)
    return (await tx.execute(query)).first() is not None
