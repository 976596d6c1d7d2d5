"""What other rooms and the worker ask of the language."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.config import Settings
from loom_app.kernel.clock import ahead
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError, NotFound
from loom_app.temporal_language import durations, judging, repository, schedules
from loom_app.temporal_language.engine import Engine, Start, handle_in, nothing_called, workflow_id
from loom_app.temporal_language.executing import Deed, begin, finish
from loom_app.temporal_language.grammar import Kind
from loom_app.temporal_language.models import OVER, TemporalEffect, TemporalSchedule

ABANDONED_SECONDS = 300.0
"""After so long an instruction that was begun is nobody's."""
UNTAKEN_SECONDS = 60.0
SLACK = 15.0
Do = Callable[[Database, Settings, Engine, Deed], Awaitable[Any]]


async def carry_out(db: Database, settings: Settings, engine: Engine, instruction_id: str) -> None:
    """Carries one instruction out, unless it was; what it says or what is wrong with it is stored."""
    deed = await begin(db, settings, instruction_id)
    if deed is None:
        return
    begun = time.monotonic()
    try:
        outcome: Any = await _DO[deed.instruction.kind](db, settings, engine, deed)
    except LoomError as error:
        outcome = error
    await finish(db, deed, begun, outcome)


async def carry_out_turn(db: Database, settings: Settings, engine: Engine, run_id: str, turn: int) -> bool:
    """Carries out what the reply of a turn asks for, in order; whether it asks for anything, if wrongly."""
    async with db.read() as tx:
        found = [each for each in await repository.of_run(tx, run_id) if each.turn == turn]
        rows = await repository.instructions(tx, [each.id for each in found])
    for row in rows:
        if row.status not in OVER:
            await carry_out(db, settings, engine, row.id)
    return bool(found)


async def left(tx: AsyncSession) -> list[str]:
    """Instructions that nobody is at."""
    return await repository.left(tx, ahead(-UNTAKEN_SECONDS), ahead(-ABANDONED_SECONDS))


async def forget_old(db: Database, settings: Settings) -> None:
    """Removes what is kept no longer."""
    before = ahead(-86_400.0 * settings.temporal_language.keep_days)
    async with db.read() as tx:
        overdue = await repository.any_before(tx, before)
    if overdue:
        async with db.write() as tx:
            await repository.forget(tx, before)


async def _start(_: Database, settings: Settings, engine: Engine, deed: Deed) -> Any:
    """Starts a workflow; waits for its result where that is wanted, as long as a turn may wait."""
    named, keys = deed.instruction, deed.instruction.keys
    offer = judging.offer_of(named)
    assert offer is not None
    called, seconds = workflow_id(deed.by.project_id, deed.row.handle), judging.timeout_of(named)
    wanted = Start(
        type=offer.name if named.kind == Kind.WORKFLOW else "AgentActivity", id=called, instruction_id=deed.row.id,
        timeout=seconds, retry=int(keys.get("RETRY", 0)), wait=getattr(offer.read(keys.get("INPUT")), "wait", 0.0),
        priority=int(keys.get("PRIORITY", 0)), summary=f"{offer.name}, of {deed.by.agent_name}",
        project_id=deed.by.project_id, agent_id=deed.by.agent_id,
    )  # fmt: skip
    await engine.start(wanted)
    most = settings.temporal_language.wait_seconds
    told = {"workflow_id": deed.row.handle, "workflow": offer.name}
    if named.kind == Kind.ACTIVITY:
        found = await engine.result(called, min(seconds * (wanted.retry + 1) + SLACK, most))
        return _late(told) if found is None else found
    if not keys.get("WAIT"):
        return {**told, "status": "started"}
    found = await engine.result(called, min(seconds + wanted.wait, most))
    return _late(told) if found is None else {**told, "status": "completed", "result": found}


async def _schedule(db: Database, settings: Settings, engine: Engine, deed: Deed) -> Any:
    async with db.write() as tx:
        row = await schedules.set_up(tx, deed.instruction, deed.by, settings.temporal_language)
    told = {"schedule": row.name, "workflow": row.workflow, "every": durations.written(row.interval)}
    if row.paused_at is not None:
        return {**told, "note": f"{row.paused_by} paused it, and it fires when a person resumes it."}
    await engine.put(schedules.timed(row))
    return told


async def _query(db: Database, _: Settings, engine: Engine, deed: Deed) -> Any:
    async with db.read() as tx:
        timed = await repository.schedule(tx, deed.by.project_id, deed.instruction.name)
        if timed is not None:
            return _told(timed)
        called = await _own(tx, deed)
        done = await tx.get(TemporalEffect, called)
    if deed.instruction.keys["TYPE"] == "get_result" and done is not None:
        return done.result
    return await engine.query(called, str(deed.instruction.keys["TYPE"]))


async def _signal(db: Database, _: Settings, engine: Engine, deed: Deed) -> Any:
    async with db.read() as tx:
        called = await _own(tx, deed)
    await engine.signal(called, str(deed.instruction.keys["NAME"]), deed.row.id)
    return {"workflow_id": deed.instruction.name, "told": deed.instruction.keys["NAME"]}


async def _cancel(db: Database, _: Settings, engine: Engine, deed: Deed) -> Any:
    async with db.write() as tx:
        timed = await repository.schedule(tx, deed.by.project_id, deed.instruction.name, to_change=True)
        if timed is not None:
            schedules.end(tx, timed, f"{deed.by.agent_name} ended it.")
        else:
            called = await _own(tx, deed)
    if timed is not None:
        await engine.drop(schedules.timed(timed).id)
        return {"schedule": timed.name, "status": "ended"}
    await engine.cancel(called, str(deed.instruction.keys.get("RUN_ID", "")))
    return {"workflow_id": deed.instruction.name, "status": "cancelled"}


async def _list(db: Database, _: Settings, __: Engine, deed: Deed) -> Any:
    async with db.read() as tx:
        timed = await repository.live_schedules(tx, deed.by.project_id)
        started = await repository.latest_started(tx, deed.by.project_id)
    workflows = [
        {"workflow_id": row.handle, "workflow": row.name, "started_at": row.created_at.isoformat()} for row in started
    ]
    return {"schedules": [_told(row) for row in timed], "workflows": workflows}


_DO: Mapping[Kind, Do] = {
    Kind.WORKFLOW: _start, Kind.ACTIVITY: _start, Kind.SCHEDULE: _schedule, Kind.QUERY: _query,
    Kind.SIGNAL: _signal, Kind.CANCEL: _cancel, Kind.LIST: _list,
}  # fmt: skip


async def _own(tx: AsyncSession, deed: Deed) -> str:
    """What Temporal calls the workflow that the instruction names, which must be of the agent's project."""
    name = deed.instruction.name
    handle = handle_in(deed.by.project_id, name)
    if await repository.started(tx, deed.by.project_id, handle) is None:
        raise NotFound(nothing_called(name), code="workflow_not_found")
    return workflow_id(deed.by.project_id, handle)


def _late(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "status": "running", "note": "It runs on. QUERY it with TYPE: get_result later."}


def _told(row: TemporalSchedule) -> dict[str, Any]:
    return {
        "schedule": row.name, "workflow": row.workflow, "every": durations.written(row.interval),
        "agent": row.agent_name, "firings": row.firings, "fired_at": row.fired_at.isoformat() if row.fired_at else None,
        "bead_id": row.bead_id, "paused": row.paused_at is not None,
    }  # fmt: skip
