"""The work of a workflow of the language, once: its effect and the word of it are one transaction."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent, AgentStatus
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import agent_actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.projects.models import Project, ProjectStatus
from loom_app.readiness import service as readinesses
from loom_app.temporal_language.executing import instruction_of
from loom_app.temporal_language.judging import offer_of
from loom_app.temporal_language.models import TemporalEffect, TemporalExecution, TemporalInstruction, TemporalSchedule
from loom_app.temporal_language.offers import EVERYTHING, Offer
from loom_app.temporal_language.works import Site

NOTHING = {
    "status": "nothing to do",
    "because": "The schedule has ended or is paused, or its project is closed or gone.",
}


@dataclass(frozen=True)
class _Asked:
    """What is to be done, and for whom; `schedule` is the row of a schedule that fired."""

    offer: Offer
    input: Any
    site: Site
    schedule: TemporalSchedule | None = None
    instruction_id: str = ""


async def perform(db: Database, settings: Settings, called: str, source_id: str) -> dict[str, Any]:
    """Does the work of the workflow `called`, which a schedule or instruction asked for; what it brought about.

    Done before, it is not done again. Raises LoomError when it cannot be done.
    """
    async with db.read() as tx:
        done = await tx.get(TemporalEffect, called)
        asked = await _asked(tx, settings, source_id)
    if done is not None:
        return done.result
    if asked is None:
        return NOTHING
    if asked.offer.looks_first:
        await readinesses.look(db, settings, asked.site.project_id)
    async with db.write() as tx:
        return await _performed(tx, settings, called, source_id)


async def _performed(tx: AsyncSession, settings: Settings, called: str, source_id: str) -> dict[str, Any]:
    done = await tx.get(TemporalEffect, called)
    asked = await _asked(tx, settings, source_id)
    if done is not None or asked is None:
        return done.result if done is not None else NOTHING
    result = await asked.offer.work(replace(asked.site, tx=tx), asked.offer.read(asked.input))
    project_id = asked.site.project_id
    tx.add(
        TemporalEffect(
            workflow_id=called, project_id=project_id, instruction_id=asked.instruction_id,
            schedule_id=asked.schedule.id if asked.schedule else "", name=asked.offer.name, result=result,
        )
    )  # fmt: skip
    if asked.schedule is not None:
        _note_firing(asked.schedule, result)
    if asked.schedule is not None or asked.offer.files_beads:
        _tell(tx, asked, called, result)
    return result


def _note_firing(row: TemporalSchedule, result: dict[str, Any]) -> None:
    row.firings, row.fired_at = row.firings + 1, now()
    row.bead_id = str(result.get("bead_id", row.bead_id))


def _tell(tx: AsyncSession, asked: _Asked, called: str, result: dict[str, Any]) -> None:
    site = asked.site
    data = {
        "workflow_id": called, "workflow": asked.offer.name, "called": site.called,
        "schedule_id": asked.schedule.id if asked.schedule else "", "bead_id": str(result.get("bead_id", "")),
        "filed": bool(result.get("filed", False)),
    }  # fmt: skip
    actor = agent_actor(site.agent_id, site.agent_name, site.project_id)
    append(tx, "temporal.fired", actor=actor, project_id=site.project_id, subject_id=site.agent_id, data=data)


async def _asked(tx: AsyncSession, settings: Settings, source_id: str) -> _Asked | None:
    row = await tx.get(TemporalSchedule, source_id)
    if row is not None:
        return await _by_schedule(tx, settings, row)
    instruction = await tx.get(TemporalInstruction, source_id)
    if instruction is None or not await _is_open(tx, instruction.project_id):
        return None
    offer, by = offer_of(instruction_of(instruction)), await tx.get_one(TemporalExecution, instruction.execution_id)
    if offer is None:
        return None
    site = Site(tx, settings, by.project_id, by.agent_id, by.agent_name, instruction.handle, by.depth)
    return _Asked(offer, instruction.keys.get("INPUT"), site, instruction_id=instruction.id)


async def _by_schedule(tx: AsyncSession, settings: Settings, row: TemporalSchedule) -> _Asked | None:
    agent = await tx.get(Agent, row.agent_id)
    gone = agent is None or agent.status == AgentStatus.COMPLETE
    rests = row.ended_at is not None or row.paused_at is not None
    if rests or gone or row.workflow not in EVERYTHING or not await _is_open(tx, row.project_id):
        return None
    site = Site(tx, settings, row.project_id, row.agent_id, row.agent_name, row.name, row.depth, row.bead_id)
    return _Asked(EVERYTHING[row.workflow], row.input, site, row)


async def _is_open(tx: AsyncSession, project_id: str) -> bool:
    project = await tx.get(Project, project_id)
    return project is not None and project.status != ProjectStatus.CLOSED
