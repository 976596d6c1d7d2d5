"""How many runs may be on at once, in all, in a project, in a role and with a provider, and how many are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.config import Dispatch
from loom_app.projects.models import Project
from loom_app.providers.models import Provider
from loom_app.runs.models import Run

SYSTEM, PROJECT, ROLE, PROVIDER = "system", "project", "role", "provider"


@dataclass(frozen=True)
class Place:
    """What a run takes up, or would."""

    project_id: str
    role: str
    provider_id: str
    agent_id: str = ""
    bead_id: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Full:
    """A limit that is reached: its kind, what it is of, and how many runs may be on."""

    kind: str
    of: str
    most: int

    def __str__(self) -> str:
        runs = "one run is" if self.most == 1 else f"{self.most} runs are"
        where = {
            SYSTEM: "in all", PROJECT: "in the project", ROLE: f"of the role {self.of} in the project",
            PROVIDER: f"with the provider {self.of}",
        }[self.kind]  # fmt: skip
        return f"{runs} on {where}, the most there may be"


@dataclass
class Room:
    """The live runs against the limits. A limit that is absent or 0 is none."""

    live: list[Place] = field(default_factory=list)
    projects: dict[str, int] = field(default_factory=dict)
    roles: dict[tuple[str, str], int] = field(default_factory=dict)
    """By project and role."""
    providers: dict[str, int] = field(default_factory=dict)
    usual: Dispatch = field(default_factory=Dispatch)

    @classmethod
    async def load(cls, tx: AsyncSession, usual: Dispatch) -> Self:
        """The limits and the runs that are on now."""
        projects = (await tx.execute(select(col(Project.id), col(Project.max_runs), col(Project.role_limits)))).all()
        providers = (await tx.execute(select(col(Provider.id), col(Provider.max_runs)))).all()
        room = cls(
            projects={row.id: row.max_runs for row in projects if row.max_runs},
            roles={(row.id, role): most for row in projects for role, most in row.role_limits.items()},
            providers={row.id: row.max_runs for row in providers if row.max_runs},
            usual=usual,
        )
        if room.is_limited:
            room.live = await live(tx)
        return room

    @property
    def is_limited(self) -> bool:
        """Whether there is any limit at all."""
        usual = self.usual
        general = usual.max_runs or usual.max_runs_per_project or usual.max_runs_per_role or usual.max_runs_per_provider
        return bool(general or self.projects or self.roles or self.providers)

    def full(self, wanted: Place) -> list[Full]:
        """The limits that one more run would break, the widest first."""
        project, role, provider = wanted.project_id, wanted.role, wanted.provider_id
        limits = (
            Full(SYSTEM, "", self.usual.max_runs),
            Full(PROVIDER, provider, self.providers.get(provider, self.usual.max_runs_per_provider)),
            Full(PROJECT, project, self.projects.get(project, self.usual.max_runs_per_project)),
            Full(ROLE, role, self.roles.get((project, role), self.usual.max_runs_per_role)),
        )
        return [limit for limit in limits if limit.most and len(self.filling(limit, project)) >= limit.most]

    def filling(self, limit: Full, project_id: str) -> list[Place]:
        """The runs that count towards a limit as the project `project_id` meets it."""
        return [one for one in self.live if _counts(one, limit, project_id)]

    def take(self, place: Place) -> None:
        """Counts a run that was begun."""
        self.live.append(place)

    def leave(self, agent_id: str) -> None:
        """Counts an agent's run no more."""
        self.live = [place for place in self.live if place.agent_id != agent_id]


def _counts(run: Place, limit: Full, project_id: str) -> bool:
    match limit.kind:
        case "provider":
            return run.provider_id == limit.of
        case "project":
            return run.project_id == limit.of
        case "role":
            return (run.project_id, run.role) == (project_id, limit.of)
        case _:
            return True


async def live(tx: AsyncSession, project_id: str | None = None) -> list[Place]:
    """The runs that are on, in all or in one project."""
    columns = (Run.project_id, Agent.role, Run.provider_id, Run.agent_id, Run.bead_id, Run.created_at)
    query = select(*map(col, columns)).outerjoin(Agent, col(Agent.id) == col(Run.agent_id))
    query = query.where(col(Run.ended_at).is_(None), col(Run.paired_with) == "")
    if project_id is not None:
        query = query.where(col(Run.project_id) == project_id)
    rows: Sequence[Any] = (await tx.execute(query)).all()
    return [Place(*row) for row in rows]
