"""A run that stands ready in its worktree, without Temporal and without a model: tests write the replies themselves."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.models import Bead
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Settings
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.projects.schemas import ProjectDraft
from loom_app.providers.models import Provider
from loom_app.runs import repository
from loom_app.runs.begin import begin
from loom_app.runs.models import Run, RunAction
from loom_app.runs.opening import open_run
from tests.support import rows
from tests.support.git_repository import made
from tests.support.workshop import RECIPE

Reach = Callable[[AsyncSession, Project], Awaitable[None]]


@dataclass
class Stage:
    """A database, settings and a run in them; `origin` is where its work lands."""

    db: Database
    settings: Settings
    origin: Path
    bead_id: str
    run_id: str

    async def reply(self, *actions: dict[str, Any], text: str = "") -> int:
        """Stores a reply as that of the newest turn; its number."""
        said = text or json.dumps({"actions": list(actions)})
        async with self.db.write() as tx:
            newest = (await repository.turns(tx, self.run_id))[-1]
            newest.reply, newest.replied_at = said, now()
            newest.reply_hash = hashlib.sha256(said.encode()).hexdigest()
            return newest.number

    async def actions(self) -> list[RunAction]:
        """The run's actions in order."""
        async with self.db.read() as tx:
            return list(await repository.actions(tx, self.run_id))

    async def run(self) -> Run:
        """The run as it is now."""
        async with self.db.read() as tx:
            found = await repository.get(tx, self.run_id)
        assert found is not None
        return found

    async def bead(self) -> Bead:
        """Its bead as it is now."""
        async with self.db.read() as tx:
            return await beads.get(tx, self.bead_id)

    @property
    def folder(self) -> Path:
        """The run's worktree."""
        return self.settings.data_dir / "worktrees" / self.run_id


async def set_up(db: Database, settings: Settings, folder: Path, reach: Reach | None = None) -> Stage:
    """A run that has been begun and opened; `reach` may have the project reach its repository in another way."""
    origin = made(folder / "origin", RECIPE)
    async with db.write() as tx:
        draft = ProjectDraft(id="kitchen", name="Kitchen", git_repo=str(origin))
        project = await projects.create(tx, draft, settings=settings, actor=SYSTEM)
        if reach is not None:
            await reach(tx, project)
        wanted = BeadCreate(title="Less flour", project_id="kitchen")
        bead_id = (await beads.create(tx, wanted, actor=SYSTEM)).id
    stage = Stage(db, settings, origin, bead_id, "")
    stage.run_id = await begin_run(stage)
    await open_run(db, settings, stage.run_id)
    return stage


async def begin_run(stage: Stage) -> str:
    """Gives the bead to a new agent; the run's id."""
    provider_id, agent_id = await rows.provider(stage.db), await rows.agent(stage.db)
    async with stage.db.write() as tx:
        bead, agent = await tx.get(Bead, stage.bead_id), await tx.get(Agent, agent_id)
        provider = await tx.get(Provider, provider_id)
        assert bead is not None
        assert agent is not None
        assert provider is not None
        return (await begin(tx, bead, agent, provider, seconds=30, why="it is ready")).id
