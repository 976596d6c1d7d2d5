"""Carrying an instruction out: once, in steps that may be repeated after any crash."""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent
from loom_app.config import Settings, TemporalLanguage
from loom_app.events.service import append
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError, Unavailable
from loom_app.projects import service as projects
from loom_app.projects.models import ProjectStatus
from loom_app.temporal_language import judging, repository
from loom_app.temporal_language.grammar import Instruction, Kind
from loom_app.temporal_language.models import OVER, InstructionStatus, TemporalExecution, TemporalInstruction
from loom_app.temporal_language.rights import rights_of_role

AWAY = "Temporal does not answer at present. The instruction is kept and carried out as soon as it does."
STARTING = (Kind.WORKFLOW, Kind.SCHEDULE)


@dataclass(frozen=True)
class Deed:
    """An instruction that may be carried out, and whose it is; rows are detached and not to be changed."""

    row: TemporalInstruction
    by: TemporalExecution
    instruction: Instruction


async def begin(db: Database, settings: Settings, instruction_id: str) -> Deed | None:
    """Marks an instruction as begun, or refuses it; None when nothing is left to do."""
    async with db.write() as tx:
        row = await tx.get(TemporalInstruction, instruction_id, with_for_update=True)
        if row is None or row.status in OVER:
            return None
        by = await tx.get_one(TemporalExecution, row.execution_id)
        wanted = instruction_of(row)
        refused = await _refusal(tx, row, by, wanted, settings.temporal_language)
        if refused:
            _finish(tx, row, by, InstructionStatus.REFUSED, error=refused)
            return None
        row.status, row.started_at = InstructionStatus.STARTED, row.started_at or now()
        if wanted.kind in (Kind.WORKFLOW, Kind.ACTIVITY):
            row.handle = row.handle or handle_of(row)
        await tx.flush()
        return Deed(row, by, wanted)


async def finish(db: Database, deed: Deed, begun: float, outcome: Any) -> None:
    """Stores what came of it, a result or a LoomError; `begun` is by the monotonic clock."""
    async with db.write() as tx:
        row = await tx.get(TemporalInstruction, deed.row.id, with_for_update=True, populate_existing=True)
        if row is None or row.status in OVER:
            return
        by = await tx.get_one(TemporalExecution, row.execution_id)
        row.duration = round(time.monotonic() - begun, 3)
        if isinstance(outcome, Unavailable):
            row.status, row.error = InstructionStatus.WAITING, AWAY
        elif isinstance(outcome, LoomError):
            _finish(tx, row, by, InstructionStatus.FAILED, error=outcome.message)
        else:
            _finish(tx, row, by, InstructionStatus.DONE, result=outcome)


def instruction_of(row: TemporalInstruction) -> Instruction:
    """The instruction as it was read."""
    return Instruction(Kind(row.kind), row.name, row.keys, row.line, row.column)


def handle_of(row: TemporalInstruction) -> str:
    """What the workflow is called in its project: as wanted, by its key, or by the instruction alone."""
    wanted = row.keys.get("WORKFLOW_ID")
    if wanted:
        return str(wanted)
    said = row.keys.get("IDEMPOTENCY_KEY")
    cause = f"{row.name}/{said}" if said else row.id
    return f"{row.name}-{hashlib.sha256(cause.encode()).hexdigest()[:12]}"


async def _refusal(
    tx: AsyncSession, row: TemporalInstruction, by: TemporalExecution, wanted: Instruction, of: TemporalLanguage
) -> str:
    """Why it is not carried out, in a sentence."""
    if not of.enabled:
        return "The <temporal> language is switched off here. Go on without."
    agent = await tx.get(Agent, by.agent_id)
    if agent is None:
        return "The agent who asked for this has left."
    refused = judging.refusal_of(wanted, rights_of_role(agent.persona_name)) or judging.fault_of(wanted, of)
    if refused or row.started_at is not None:
        return refused
    return await beyond(tx, wanted, by.project_id, by.agent_id, of, depth=by.depth)


async def beyond(
    tx: AsyncSession, wanted: Instruction, project_id: str, agent_id: str, of: TemporalLanguage, *, depth: int = 0
) -> str:
    """Which bound of its project or agent it would go beyond, in a sentence; "" when it is within all."""
    project = await projects.get(tx, project_id)
    if project.status == ProjectStatus.CLOSED:
        return f"{project.name} is closed."
    offer = judging.offer_of(wanted)
    if offer is not None and offer.files_beads and depth >= of.most_depth:
        return (
            f"This work was itself started so, {depth} times over, which is the most there may be. "
            "Do what is needed in this run, or ask a person."
        )
    begun = await repository.carried_out_since(tx, agent_id, now() - timedelta(hours=1))
    if begun >= of.most_per_hour:
        return f"You had {begun} instructions carried out within an hour, the most there may be. Go on without."
    return ""


def _finish(
    tx: AsyncSession, row: TemporalInstruction, by: TemporalExecution, status: InstructionStatus, *,
    result: Any = None, error: str = "",
) -> None:  # fmt: skip
    row.status, row.result, row.error, row.executed_at = status, result, error, now()
    data = {"instruction_id": row.id, "kind": row.kind, "name": row.name, "status": status, "error": error[:300]}
    actor = agent_actor(by.agent_id, by.agent_name, by.project_id)
    subject = by.bead_id or by.agent_id
    append(tx, "temporal.executed", actor=actor, project_id=by.project_id, subject_id=subject, data=data)
