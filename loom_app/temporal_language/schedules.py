"""Schedules: kept here, timed by Temporal. What holds here is made there; what does not is taken away."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent, AgentStatus
from loom_app.config import TemporalLanguage
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor, agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound, TooMany
from loom_app.kernel.ids import new_id
from loom_app.temporal_language import durations, judging, repository
from loom_app.temporal_language.engine import PREFIX, Engine, Timed, schedule_id
from loom_app.temporal_language.grammar import Instruction
from loom_app.temporal_language.models import TemporalExecution, TemporalSchedule


async def set_up(
    tx: AsyncSession, wanted: Instruction, by: TemporalExecution, of: TemporalLanguage
) -> TemporalSchedule:
    """The schedule as wanted, new or changed. Raises Conflict for another agent's, TooMany beyond the bounds."""
    row = await repository.schedule(tx, by.project_id, wanted.name, to_change=True)
    await check_set_up(tx, row, by.project_id, by.agent_id, of)
    if row is None:
        row = TemporalSchedule(
            id=new_id("tsc"), project_id=by.project_id, name=wanted.name, agent_id=by.agent_id,
            agent_name=by.agent_name, role=by.role, workflow="", interval=0, timeout=0, source=by.source,
        )  # fmt: skip
    before = (row.workflow, row.input, row.interval, row.timeout, row.retry)
    _apply(row, wanted, by)
    tx.add(row)
    if before != (row.workflow, row.input, row.interval, row.timeout, row.retry):
        actor = agent_actor(by.agent_id, by.agent_name, by.project_id)
        _tell(tx, "temporal.scheduled", row, actor, every=durations.written(row.interval))
    await tx.flush()
    return row


async def check_set_up(
    tx: AsyncSession, row: TemporalSchedule | None, project_id: str, agent_id: str, of: TemporalLanguage
) -> None:
    """Whether the agent may set up what is called as `row` is, or a new one where there is none.

    Raises Conflict for another agent's, TooMany beyond the bounds.
    """
    if row is None:
        await _check_room(tx, project_id, agent_id, of)
    elif row.agent_id != agent_id:
        raise Conflict(
            f"{row.agent_name} has a schedule called {row.name!r} in this project. Choose another name.",
            code="schedule_name",
        )


def end(tx: AsyncSession, row: TemporalSchedule, because: str, actor: Actor = SYSTEM) -> None:
    """Ends a schedule: from now on it does nothing, whatever Temporal still knows of it."""
    if row.ended_at is None:
        row.ended_at, row.ended_because = now(), because
        _tell(tx, "temporal.unscheduled", row, actor, because=because)


def pause(tx: AsyncSession, row: TemporalSchedule, actor: Actor) -> None:
    """Has a schedule rest until it is resumed, whatever its agent asks for; one that rests goes on doing so.

    Raises Conflict for one that has ended.
    """
    _check_holds(row)
    if row.paused_at is None:
        row.paused_at, row.paused_by = now(), actor.name
        _tell(tx, "temporal.paused", row, actor)


def resume(tx: AsyncSession, row: TemporalSchedule, actor: Actor) -> None:
    """Has a schedule fire again, from its next moment on. Raises Conflict for one that has ended."""
    _check_holds(row)
    if row.paused_at is not None:
        row.paused_at, row.paused_by = None, ""
        _tell(tx, "temporal.resumed", row, actor)


def next_at(row: TemporalSchedule) -> datetime | None:
    """When it fires next, by its interval; None for one that rests or has ended."""
    if row.ended_at is not None or row.paused_at is not None:
        return None
    every = durations.seconds(row.interval)
    moment, offset = now().timestamp(), int(row.created_at.timestamp() % every)
    return datetime.fromtimestamp((moment - offset) // every * every + every + offset, UTC)


async def get(
    tx: AsyncSession, schedule_id_: str, *, actor: Actor = SYSTEM, to_change: bool = False
) -> TemporalSchedule:
    """The schedule, if `actor` sees its project; locked to the end of `tx` when it is to change. Raises NotFound."""
    row = await tx.get(TemporalSchedule, schedule_id_, with_for_update=to_change, populate_existing=to_change)
    if row is None or not actor.sees(row.project_id):
        raise NotFound(
            f"There is no schedule {schedule_id_[:100]!r}. GET /api/v1/temporal/schedules lists them.",
            code="schedule_not_found",
        )
    return row


def timed(row: TemporalSchedule) -> Timed:
    """The schedule as Temporal is to have it."""
    return Timed(
        id=schedule_id(row.project_id, row.id),
        source_id=row.id,
        type=row.workflow,
        interval=durations.seconds(row.interval),
        since=row.created_at.timestamp(),
        timeout=row.timeout,
        retry=row.retry,
        summary=f"{row.name}, of {row.agent_name}",
        project_id=row.project_id,
        agent_id=row.agent_id,
    )


async def settle(db: Database, engine: Engine) -> None:
    """Ends the schedules of agents who left, and has Temporal keep those that hold and no others."""
    async with db.read() as tx:
        holding = await repository.live_schedules(tx)
        orphaned = [row.id for row in holding if await _has_left(tx, row)]
    if orphaned:
        async with db.write() as tx:
            for each in orphaned:
                end(tx, await get(tx, each), "Its agent left.")
    wanted = {timed(row).id: row for row in holding if row.id not in orphaned and row.paused_at is None}
    there = await engine.schedules()
    for missing in wanted.keys() - there:
        await engine.put(timed(wanted[missing]))
    for other in sorted(there - wanted.keys()):
        if other.startswith(f"{PREFIX}/"):
            await _drop(db, engine, other)


async def _drop(db: Database, engine: Engine, temporal_id: str) -> None:
    """Takes a schedule away, unless it was made or resumed just now."""
    async with db.read() as tx:
        row = await tx.get(TemporalSchedule, temporal_id.rpartition("/")[2])
    if row is None or row.ended_at is not None or row.paused_at is not None:
        await engine.drop(temporal_id)


def _check_holds(row: TemporalSchedule) -> None:
    if row.ended_at is not None:
        raise Conflict(f"The schedule {row.name!r} has ended: {row.ended_because}", code="schedule_ended")


async def _has_left(tx: AsyncSession, row: TemporalSchedule) -> bool:
    agent = await tx.get(Agent, row.agent_id)
    return agent is None or agent.status == AgentStatus.COMPLETE


async def _check_room(tx: AsyncSession, project_id: str, agent_id: str, of: TemporalLanguage) -> None:
    here = await repository.live_schedules(tx, project_id)
    own = sum(row.agent_id == agent_id for row in here)
    if own >= of.most_schedules or len(here) >= of.most_schedules_per_project:
        most, whose = (of.most_schedules, "you have") if own >= of.most_schedules else (len(here), "this project has")
        raise TooMany(
            f"There are {most} schedules {whose}, the most there may be. CANCEL one first; LIST shows them.",
            code="too_many_schedules",
        )


def _apply(row: TemporalSchedule, wanted: Instruction, by: TemporalExecution) -> None:
    keys = wanted.keys
    row.workflow = str(keys.get("TYPE", wanted.name))
    row.input, row.interval, row.retry = keys.get("INPUT") or {}, int(keys["INTERVAL"]), int(keys.get("RETRY", 0))
    row.timeout, row.depth, row.source = judging.timeout_of(wanted), by.depth, by.source
    row.description = str(keys.get("DESCRIPTION", ""))


def _tell(tx: AsyncSession, type_: str, row: TemporalSchedule, actor: Actor, **more: str) -> None:
    data = {"schedule_id": row.id, "name": row.name, "workflow": row.workflow, **more}
    append(tx, type_, actor=actor, project_id=row.project_id, subject_id=row.agent_id, data=data)
