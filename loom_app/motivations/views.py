"""Motivations as the API shows them: each asker the firings they may know of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.scope import within
from loom_app.motivations import repository, service, words
from loom_app.motivations.models import Motivation, MotivationTrigger
from loom_app.motivations.schemas import (
    ConditionsView,
    ConditionView,
    MotivationView,
    RolesView,
    RoleView,
    TemplateView,
    TriggerView,
)
from loom_app.motivations.templates import TEMPLATES

RECKONED = frozenset({"status", "next_trigger_at", "meaning", "may_change"})
"""What of a view is no column."""


async def shown(tx: AsyncSession, rows: Sequence[Motivation], actor: Actor) -> list[MotivationView]:
    """The views of `rows` in their order."""
    moment = now()
    return [_view(row, actor, moment) for row in await _as_seen(tx, rows, actor)]


async def _as_seen(tx: AsyncSession, rows: Sequence[Motivation], actor: Actor) -> Sequence[Motivation]:
    """The rows without what one of every project did in projects that `actor` does not see."""
    wide = [row.id for row in rows if row.project_id is None]
    if actor.projects is None or not wide:
        return rows
    known = await repository.firings(tx, actor, wide)
    return [_told_of(row, *known.get(row.id, (None, 0))) if row.project_id is None else row for row in rows]


def _told_of(row: Motivation, last: datetime | None, times: int) -> Motivation:
    return Motivation(**row.model_dump() | {"last_triggered_at": last, "trigger_count": times})


def _view(row: Motivation, actor: Actor, moment: datetime) -> MotivationView:
    return MotivationView(
        status=service.status_of(row, moment), next_trigger_at=service.next_at(row, moment),
        meaning=words.meaning(row.condition, row.parameters),
        may_change=actor.may("projects:write") and service.may_change(row, actor),
        **{name: getattr(row, name) for name in MotivationView.model_fields.keys() - RECKONED},
    )  # fmt: skip


def fired(row: MotivationTrigger) -> TriggerView:
    """A firing."""
    rest = TriggerView.model_fields.keys() - {"trigger_data"}
    return TriggerView(trigger_data=row.evidence, **{name: getattr(row, name) for name in rest})


async def roles(tx: AsyncSession, actor: Actor) -> RolesView:
    """Every role that a motivation or an agent has, as far as `actor` sees them, by name."""
    there = (col(Agent.status) != AgentStatus.COMPLETE, within(actor, col(Agent.project_id)))
    team: Any = await tx.execute(select(col(Agent.role), func.count()).where(*there).group_by(col(Agent.role)))
    agents = dict(tuple(row) for row in team)
    known = {row.role: row for row in await service.roles(tx, actor)}
    found = [
        RoleView(
            role=role, motivations=known[role].total if role in known else 0,
            active=known[role].enabled if role in known else 0, agents=agents.get(role, 0),
        )
        for role in sorted(known.keys() | agents.keys())
        if role
    ]  # fmt: skip
    return RolesView(roles=found, count=len(found))


def conditions() -> ConditionsView:
    """What motivations wait for, and what they make."""
    known = [ConditionView(**one) for one in words.described()]
    made = [TemplateView(name=name, title=one.title, description=one.description) for name, one in TEMPLATES.items()]
    return ConditionsView(conditions=known, templates=made, count=len(known))
