"""What tests of motivations stand on: projects with teams, motivations of any kind, and looks at chosen moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.events.models import Event
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.motivations import service, ticking
from loom_app.motivations.models import Condition, Motivation, MotivationTrigger
from loom_app.motivations.schemas import MotivationDraft
from loom_app.motivations.ticking import Ticked
from loom_app.projects.models import Project
from tests.support import rows

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
PERSON = Actor("user", "user-ann", "Ann", frozenset({"*:*"}))


@dataclass(frozen=True)
class Stage:
    """Loom's database as motivations see it."""

    db: Database
    settings: Settings

    async def project(self, project_id: str = "kitchen", *roles: str) -> str:
        """An open project that is old enough, with an idle agent for each role."""
        async with self.db.write() as tx:
            long_ago = datetime(2020, 1, 1, tzinfo=UTC)
            tx.add(Project(id=project_id, name=project_id.title(), created_at=long_ago))
        for role in roles or ("qa-engineer",):
            await rows.agent(self.db, project_id, role)
        return project_id

    async def motivation(self, condition: Condition, *, since: datetime | None = None, **more: Any) -> Motivation:
        """A motivation that has been on for years, of every project unless said otherwise; it wakes the QA engineer."""
        given = {"name": condition.replace("_", " "), "agent_role": "qa-engineer", "cooldown_minutes": 0, **more}
        async with self.db.write() as tx:
            made = await service.create(tx, MotivationDraft(condition=condition, **given), actor=SYSTEM)
            made.active_since = since or datetime(2020, 1, 1, tzinfo=UTC)
        return made

    async def happen(
        self, type_: str, project_id: str = "kitchen", subject: str = "", times: int = 1, **data: Any
    ) -> None:
        """Events of the log that Loom itself made."""
        async with self.db.write() as tx:
            for _ in range(times):
                append(tx, type_, actor=SYSTEM, project_id=project_id, subject_id=subject or project_id, data=data)

    async def bead(self, actor: Actor = PERSON, **more: Any) -> str:
        """A bead made by the rules."""
        async with self.db.write() as tx:
            wanted = beads.draft(**{"title": "Weigh the flour", "project_id": "kitchen", **more})
            return (await beads.create(tx, wanted, actor=actor)).id

    async def tick(self, moment: datetime | None = None, **settings: Any) -> Ticked:
        """One look."""
        of = self.settings
        if settings:
            of = of.model_copy(update={"motivations": of.motivations.model_copy(update=settings)})
        return await ticking.tick(self.db, of, moment or now())

    async def fired(self, **wanted: Any) -> Sequence[MotivationTrigger]:
        """The history, oldest first."""
        async with self.db.read() as tx:
            query = select(MotivationTrigger).order_by(col(MotivationTrigger.seq))
            found = (await tx.execute(query)).scalars().all()
        return [one for one in found if all(getattr(one, name) == value for name, value in wanted.items())]

    async def stimuli(self) -> Sequence[Bead]:
        """The beads that firings filed, oldest first."""
        async with self.db.read() as tx:
            found = (await tx.execute(select(Bead).order_by(col(Bead.created_at), col(Bead.id)))).scalars().all()
        return [bead for bead in found if "stimulus" in bead.tags]

    async def events(self, type_: str) -> Sequence[Event]:
        """The events of a type, oldest first."""
        async with self.db.read() as tx:
            return (
                (await tx.execute(select(Event).where(col(Event.type) == type_).order_by(col(Event.seq))))
                .scalars()
                .all()
            )

    async def verdict(self, motivation: Motivation, **more: Any) -> Any:
        """The dry run."""
        async with self.db.read() as tx:
            return await service.evaluate_one(tx, motivation, settings=self.settings, **more)


def later(minutes: float, than: datetime = MONDAY) -> datetime:
    """A moment so many minutes after another."""
    return than + timedelta(minutes=minutes)
