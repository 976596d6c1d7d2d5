"""Workflows put together from what the database and Temporal know of them. The database says who may see what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound, Unavailable
from loom_app.workflows import repository
from loom_app.workflows.kinds import NAMED_AFTER, TYPES
from loom_app.workflows.repository import Wanted
from loom_app.workflows.schemas import Course, Execution, History, Reached, Workflow, Workflows

HERE = Reached(answers=True, why="")


class Witness(Protocol):
    """What is asked of Temporal; each raises Unavailable while it is away."""

    async def seen(self, ids: Sequence[str]) -> dict[str, Execution]:
        """What it says of those workflows, by their names."""

    async def own(self, but: Sequence[str]) -> list[Execution]:
        """What runs that is of none of those types."""

    async def history(self, workflow_id: str) -> History | None:
        """The course of a workflow; None when it knows none called so."""


async def listed(
    db: Database, temporal: Witness, wanted: Wanted, *, actor: Actor, limit: int, offset: int
) -> Workflows:
    """A page of the workflows that `actor` sees. Without Temporal it is what the database knows, and says so."""
    async with db.read() as tx:
        found = await _whole(tx, actor, await repository.page(tx, actor, wanted, limit=limit, offset=offset))
        states = await repository.states(tx, actor, wanted)
    count = sum(states.values()) if wanted.state is None else states[wanted.state]
    own: list[Execution] = []
    reached = HERE
    try:
        seen = await temporal.seen([one.id for one in found])
        own = [one for one in await temporal.own(TYPES) if _sees(actor, one)]
    except Unavailable as away:
        reached, seen = Reached(answers=False, why=away.message), {}
    told = [one.model_copy(update={"temporal": seen.get(one.id)}) for one in found]
    return Workflows(workflows=told, count=count, states=states, own=own, temporal=reached)


async def course(db: Database, temporal: Witness, workflow_id: str, *, actor: Actor) -> Course:
    """One workflow with its steps. Raises NotFound for one that neither knows, or that `actor` does not see."""
    async with db.read() as tx:
        row = await repository.one(tx, actor, workflow_id)
        found = (await _whole(tx, actor, [row]))[0] if row else None
    if found is None:
        return await _own_course(temporal, workflow_id, actor)
    try:
        history = await temporal.history(workflow_id)
    except Unavailable as away:
        return _told(found, None, Reached(answers=False, why=away.message))
    return _told(found, history, HERE)


async def _own_course(temporal: Witness, workflow_id: str, actor: Actor) -> Course:
    """The course of a workflow that no row stands for."""
    unknown = NotFound(f"There is no workflow {workflow_id!r}.", code="workflow_not_found")
    try:
        history = None if workflow_id.startswith(NAMED_AFTER) else await temporal.history(workflow_id)
    except Unavailable as away:
        raise NotFound(f"{unknown.message} Only Temporal could know one. {away.message}", code=unknown.code) from away
    if history is None or history.execution.type in TYPES or not _sees(actor, history.execution):
        raise unknown
    return _told(None, history, HERE)


def _told(workflow: Workflow | None, history: History | None, reached: Reached) -> Course:
    if history is None:
        return Course(workflow=workflow, execution=None, steps=[], cut=False, temporal=reached)
    of = history.execution
    whole = workflow.model_copy(update={"temporal": of}) if workflow else None
    return Course(workflow=whole, execution=of, steps=history.steps, cut=history.cut, temporal=reached)


async def _whole(tx: AsyncSession, actor: Actor, found: Sequence[Workflow]) -> list[Workflow]:
    """The workflows with their titles, when they last came on, and of what can be done what `actor` may."""
    beads, agents, projects = await repository.titles(tx, found)
    said = await repository.last_said(tx, [one.run_id for one in found if one.agent_id])
    return [
        one.model_copy(
            update={
                "title": one.title or beads.get(one.bead_id) or projects.get(one.project_id, ""),
                "agent": agents.get(one.agent_id, one.agent_id),
                "moved_at": _later(one.moved_at, said.get(one.run_id) if one.ended_at is None else None),
                "deeds": [deed for deed in one.deeds if actor.may(deed.permission)],
            }
        )
        for one in found
    ]


def _later(one: datetime, other: datetime | None) -> datetime:
    return max(one, other) if other is not None else one


def _sees(actor: Actor, execution: Execution) -> bool:
    """Whether `actor` may know of a workflow that no row stands for: its project's, or Loom's own who sees all."""
    return actor.projects is None or (bool(execution.project_id) and actor.sees(execution.project_id))
