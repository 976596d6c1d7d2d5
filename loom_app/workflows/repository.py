"""Queries of what workflows stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, false, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel, col

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import Project
from loom_app.runs.models import Turn
from loom_app.workflows.kinds import KINDS, Kind, whose
from loom_app.workflows.schemas import State, Workflow


@dataclass(frozen=True)
class Wanted:
    """Which workflows are asked for; None for any."""

    state: State | None = None
    type: str | None = None
    project_id: str | None = None
    bead_id: str | None = None
    agent_id: str | None = None


async def page(tx: AsyncSession, actor: Actor, wanted: Wanted, *, limit: int, offset: int) -> list[Workflow]:
    """The workflows that `actor` sees and that are wanted, newest first."""
    found: list[Workflow] = []
    for kind in _kinds(actor, wanted):
        query = _chosen(kind, actor, wanted, *kind.columns, _state(kind)).order_by(
            col(kind.since).desc(), col(kind.key).desc()
        )
        rows = (await tx.execute(query.limit(limit + offset))).all()
        found += [kind.told(row, State(row.state)) for row in rows]
    return sorted(found, key=lambda one: (one.since, one.id), reverse=True)[offset : offset + limit]


async def states(tx: AsyncSession, actor: Actor, wanted: Wanted) -> dict[State, int]:
    """How many are in each state, whichever state is wanted."""
    counted = dict.fromkeys(State, 0)
    every = Wanted(None, wanted.type, wanted.project_id, wanted.bead_id, wanted.agent_id)
    for kind in _kinds(actor, every):
        state = _state(kind)
        for found, number in await tx.execute(_chosen(kind, actor, every, state, func.count()).group_by(state)):
            counted[State(found)] += number
    return counted


async def one(tx: AsyncSession, actor: Actor, workflow_id: str) -> Workflow | None:
    """What the workflow called so stands for; None for what does not exist or `actor` does not see."""
    kind, condition = whose(workflow_id)
    if not actor.may(kind.permission):
        return None
    query = _chosen(kind, actor, Wanted(), *kind.columns, _state(kind)).where(condition)
    row = (await tx.execute(query)).first()
    return kind.told(row, State(row.state)) if row else None


async def names(tx: AsyncSession, model: type[SQLModel], ids: set[str], what: str) -> dict[str, str]:
    """The name or title `what` of each of those."""
    columns: Any = model
    query = select(col(columns.id), col(getattr(columns, what))).where(col(columns.id).in_(sorted(ids)))
    rows: Sequence[Any] = (await tx.execute(query)).all() if ids else []
    return {row[0]: row[1] for row in rows}


async def titles(tx: AsyncSession, found: Sequence[Workflow]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """What the beads, agents and projects of these workflows are called."""
    return (
        await names(tx, Bead, {one.bead_id for one in found} - {""}, "title"),
        await names(tx, Agent, {one.agent_id for one in found} - {""}, "name"),
        await names(tx, Project, {one.project_id for one in found}, "name"),
    )


async def last_said(tx: AsyncSession, run_ids: Sequence[str]) -> dict[str, Any]:
    """When something was last asked or answered in each of those runs."""
    if not run_ids:
        return {}
    said = func.max(func.coalesce(col(Turn.replied_at), col(Turn.asked_at), col(Turn.created_at)))
    query = select(col(Turn.run_id), said).where(col(Turn.run_id).in_(run_ids)).group_by(col(Turn.run_id))
    return {row[0]: row[1] for row in (await tx.execute(query)).all()}


def _kinds(actor: Actor, wanted: Wanted) -> list[Kind]:
    """The kinds that can have what is wanted and that `actor` may see."""
    return [
        kind for kind in KINDS
        if actor.may(kind.permission)
        and wanted.type in (None, kind.name)
        and (wanted.state is None or wanted.state in kind.states)
        and (wanted.agent_id is None or "agent_id" in kind.of)
    ]  # fmt: skip


def _chosen(kind: Kind, actor: Actor, wanted: Wanted, *columns: Any) -> Select[Any]:
    query = select(*columns).where(kind.among, within(actor, col(kind.of["project_id"])))
    if wanted.state is not None:
        query = query.where(kind.states.get(wanted.state, false()))
    for name, column in kind.of.items():
        if (value := getattr(wanted, name)) is not None:
            query = query.where(col(column) == value)
    return query


def _state(kind: Kind) -> Any:
    whens = [(condition, literal(state.value)) for state, condition in kind.states.items()]
    return case(*whens, else_=literal(State.COMPLETED.value)).label("state")
