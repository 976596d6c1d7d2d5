"""What the actions of a run work with: its files, repository, board and commands."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.actions.context import ActionContext, ActionLimits, Pulls
from loom_app.actions.model import ActionModel
from loom_app.actions.results import ActionResult
from loom_app.config import Settings
from loom_app.git.worktree import Worktree
from loom_app.kernel.database import Database
from loom_app.kernel.keyforms import without_keys
from loom_app.runs.board import RunBoard
from loom_app.runs.leave import GuardedRunner
from loom_app.runs.proving import limits_of
from loom_app.runs.team import RunTeam
from loom_app.runs.versions import RunRepository
from loom_app.runs.workplace import Job
from loom_app.sandbox import commands
from loom_app.sandbox.workspace import Workspace


class PullSite(Protocol):
    """The pull requests of projects, which are beyond this room."""

    async def are_reached(self, tx: AsyncSession, job: Job) -> bool:
        """Whether the job's project has any to reach."""

    def of(self, job: Job) -> Pulls:
        """Those of the job's project."""


async def are_reached(tx: AsyncSession, pulls: PullSite | None, job: Job) -> bool:
    """Whether the job's agent has pull requests to reach."""
    return pulls is not None and await pulls.are_reached(tx, job)


@dataclass(frozen=True)
class Hands:
    """What the actions of one run reach the world through."""

    db: Database
    settings: Settings
    job: Job
    tree: Worktree
    pulls: PullSite | None = None
    known: tuple[str, ...] = ()
    """The project's secrets, which nothing that is told or kept shall hold."""

    async def refused(self, action: ActionModel) -> ActionResult | None:
        """What comes of an action that is not to be carried out; None for one that is."""
        del action
        return None

    def context(self) -> ActionContext:
        """The context of the run's first action; `at` gives the others'."""
        clean = partial(without_keys, known=self.known, allowed=self.job.allowed)
        return ActionContext(
            workspace=Workspace(self.tree.folder, max_bytes=self.settings.sandbox.worktree_mb * 2**20),
            repository=RunRepository(self.tree),
            board=RunBoard(self.db, self.settings, self.job, self.tree),
            team=RunTeam(self.db, self.settings, self.job),
            runner=GuardedRunner(self.db, self.settings, self.job, self.tree.folder, clean),
            reader=partial(commands.run, root=self.tree.folder, require=self.settings.sandbox.require),
            pulls=self.pulls.of(self.job) if self.pulls else None,
            run_id=self.job.run.id,
            bead_id=self.job.bead.id,
            test_command=self.job.project.test_command or None,
            limits=ActionLimits(command=limits_of(self.settings)),
            clean=clean,
        )
