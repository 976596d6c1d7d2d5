"""What the values of fields may be, as far as whoever asks may know it: agents, projects, tags, types, statuses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import TOMBSTONE, BeadStatus
from loom_app.beads.tables import BEADS
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.projects.models import Project

CLOSED = "closed"
STATUSES = (*BeadStatus, CLOSED, "deferred", "pinned", "hooked")
TYPES = (
    "task", "bug", "feature", "epic", "chore", "decision", "merge-request", "gate", "molecule", "message", "agent",
    "role", "rig", "event",
)  # fmt: skip
MOST_OPTIONS = 5_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, where and when."""

    actor: Actor
    dialect: str
    now: datetime
    project_id: str = ""

    def sees(self, project_id: Any) -> ColumnElement[bool]:
        """Whether what is in the project of this column may be found."""
        seen = within(self.actor, project_id)
        return and_(seen, project_id == self.project_id) if self.project_id else seen


def visible(scope: Scope) -> ColumnElement[bool]:
    """Whether a bead may be found: deleted ones never are."""
    return and_(scope.sees(BEADS.c.project_id), BEADS.c.source_status != TOMBSTONE)


async def agents(tx: AsyncSession, scope: Scope) -> Sequence[Any]:
    """id, name and role of the agents one may know."""
    names = (col(Agent.id), col(Agent.name), col(Agent.role))
    return (await tx.execute(select(*names).where(within(scope.actor, col(Agent.project_id))).limit(2_000))).all()


async def projects(tx: AsyncSession, scope: Scope) -> Sequence[Any]:
    """id and name of the projects one may know."""
    mine = within(scope.actor, col(Project.id))
    return (await tx.execute(select(col(Project.id), col(Project.name)).where(mine).limit(MOST_OPTIONS))).all()


async def values(tx: AsyncSession, scope: Scope, name: str) -> list[str]:
    """What the beads one may find have in the column `name`."""
    query = select(BEADS.c[name]).where(visible(scope), BEADS.c[name] != "").distinct().limit(MOST_OPTIONS)
    return list((await tx.execute(query)).scalars())


async def tags(tx: AsyncSession, scope: Scope) -> list[str]:
    """The tags of the beads one may find."""
    listing = func.jsonb_array_elements_text if scope.dialect == "postgresql" else func.json_each
    each = listing(BEADS.c.tags).table_valued("value")
    query = select(cast(each.c.value, String)).select_from(BEADS.join(each, true())).where(visible(scope))
    return list((await tx.execute(query.distinct().limit(MOST_OPTIONS))).scalars())


async def any_bead(tx: AsyncSession, scope: Scope, such: ColumnElement[bool]) -> bool:
    """Whether there is one of which `such` holds."""
    return (await tx.execute(select(1).select_from(BEADS).where(such, visible(scope)).limit(1))).first() is not None
