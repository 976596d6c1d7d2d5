"""What is known of a bead that bears on whether it is given out: read once, judged in `waiting`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.auth import service as users
from loom_app.beads import service as beads
from loom_app.beads.blocked import Reason
from loom_app.beads.graph import PARENT_CHILD
from loom_app.beads.models import Bead, BeadStatus, Dependency, FieldChange
from loom_app.config import Settings
from loom_app.decisions.models import Decision, DecisionStatus
from loom_app.dispatch import repository
from loom_app.dispatch.hints import READ
from loom_app.dispatch.room import Place, Room, live
from loom_app.dispatch.scoring import Member, Past, Work
from loom_app.kernel.actor import Actor
from loom_app.projects.models import Project
from loom_app.providers.models import Provider
from loom_app.providers.visibility import sees
from loom_app.readiness import service as readiness
from loom_app.runs import lease
from loom_app.runs.models import Run
from loom_app.supervisor.halted import Halt, halted

MOST_CHILDREN = 5


@dataclass(frozen=True)
class Standing:
    """A bead, its surroundings and its project's team at one moment, as far as whoever asks sees them."""

    bead: Bead
    work: Work
    project: Project
    team: Sequence[Member]
    room: Room
    live: Mapping[str, Place]
    """What each agent of the team works on."""
    usual: timedelta | None
    """How long runs of the project usually take."""
    past: Mapping[str, Past]
    reasons: Sequence[Reason]
    changed: Mapping[str, datetime]
    """When a field was last changed."""
    max_hops: int
    held: lease.Held | None = None
    decision: Decision | None = None
    last_run: Run | None = None
    column: str = ""
    """Why In progress takes nothing more."""
    not_ready: str = ""
    not_ready_since: datetime | None = None
    deferred_parent: Bead | None = None
    parent_named: str = ""
    """What it is called before whoever asks."""
    children: Sequence[str] = ()
    """The first of those under an epic that are not done."""
    providers: Mapping[str, str] = field(default_factory=dict)
    """What the providers are called that whoever asks may know of."""
    provider_since: datetime | None = None
    halt: Halt | None = None
    """The program that does not run, so that nothing is given out."""

    def since(self, *fields: str) -> datetime:
        """When one of the fields was last changed; when the bead was made if none was."""
        return max((self.changed[name] for name in fields if name in self.changed), default=self.bead.created_at)


async def read(tx: AsyncSession, bead: Bead, settings: Settings, actor: Actor) -> Standing:
    """Everything that bears on `bead`."""
    people = await users.among(tx, [bead.assigned_to] if bead.assigned_to else [])
    work = Work(
        bead.id, bead.type, bead.title, tuple(bead.tags), bead.assigned_to, bead.assigned_to in people,
        bead.description[:READ],
    )  # fmt: skip
    project = await tx.get_one(Project, bead.project_id)
    room = await Room.load(tx, settings.dispatch)
    known = (await tx.execute(select(Provider))).scalars().all()
    column = await beads.limited(tx, bead.project_id, BeadStatus.IN_PROGRESS)
    parent = await _deferred_parent(tx, bead.id)
    return Standing(
        bead=bead, work=work, project=project, room=room, max_hops=settings.dispatch.max_hops,
        team=await repository.team(tx, bead.project_id),
        live={one.agent_id: one for one in await live(tx, bead.project_id)},
        usual=await repository.usual_length(tx, bead.project_id),
        past=(await repository.past(tx, bead.project_id, [work]))[bead.id],
        reasons=await beads.explain(tx, bead.id, actor),
        changed=await _changed(tx, bead.id),
        held=await lease.of(tx, bead.id),
        decision=await _decision(tx, bead.id),
        last_run=await repository.last_run(tx, bead.id),
        column=str(column) if column is not None and not column.room else "",
        not_ready=await readiness.why_held(tx, bead.project_id, settings),
        not_ready_since=await readiness.looked_at(tx, bead.project_id),
        deferred_parent=parent,
        parent_named=parent.id if parent is not None and actor.sees(parent.project_id) else "work in another project",
        children=await _children(tx, bead, actor),
        providers={one.id: one.name for one in known if sees(actor, one)},
        provider_since=max((one.updated_at for one in known), default=None),
        halt=await halted(settings),
    )  # fmt: skip


async def _changed(tx: AsyncSession, bead_id: str) -> dict[str, datetime]:
    query = select(col(FieldChange.field), func.max(col(FieldChange.seq))).where(col(FieldChange.bead_id) == bead_id)
    newest = query.group_by(col(FieldChange.field)).subquery()
    rows = await tx.execute(
        select(col(FieldChange.field), col(FieldChange.at)).where(col(FieldChange.seq).in_(select(newest.c[1])))
    )
    return {row.field: row.at for row in rows}


async def _decision(tx: AsyncSession, bead_id: str) -> Decision | None:
    query = select(Decision).where(col(Decision.bead_id) == bead_id, col(Decision.status) == DecisionStatus.OPEN)
    return (await tx.execute(query.order_by(col(Decision.created_at)).limit(1))).scalars().first()


async def _deferred_parent(tx: AsyncSession, bead_id: str) -> Bead | None:
    query = (
        select(Bead)
        .join(Dependency, col(Dependency.depends_on_id) == col(Bead.id))
        .where(col(Dependency.bead_id) == bead_id, col(Dependency.type) == PARENT_CHILD)
        .where(col(Bead.defer_until).is_not(None))
        .order_by(col(Bead.defer_until).desc())
    )
    return (await tx.execute(query.limit(1))).scalars().first()


async def _children(tx: AsyncSession, bead: Bead, actor: Actor) -> list[str]:
    """Those directly under an epic that are not done; "" for each that the asker does not see."""
    if bead.type != "epic":
        return []
    query: Any = (
        select(col(Bead.id), col(Bead.project_id))
        .join(Dependency, col(Dependency.bead_id) == col(Bead.id))
        .where(col(Dependency.depends_on_id) == bead.id, col(Dependency.type) == PARENT_CHILD)
        .where(col(Bead.status) != BeadStatus.DONE, col(Bead.source_status) != "pinned")
        .order_by(col(Bead.id))
    )
    rows = (await tx.execute(query.limit(MOST_CHILDREN))).all()
    return [row.id if actor.sees(row.project_id) else "" for row in rows]
