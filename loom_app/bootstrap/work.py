"""What the steps of a bootstrap work with and what they come to."""

from dataclasses import dataclass

from loom_app.config import Settings
from loom_app.git.checkout import Checkout
from loom_app.git.progress import Progress
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError
from loom_app.projects import service as projects
from loom_app.projects.models import Project


class Waits(LoomError):
    """The step cannot be done before somebody has done something elsewhere; `mend` says what."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message, code="bootstrap_waits")
        self.mend = mend


@dataclass(frozen=True)
class Done:
    """What a step came to; `warning` is what did not work and keeps nothing back, `mend` what to do about it."""

    detail: str
    warning: str = ""
    mend: str = ""


@dataclass
class Work:
    """What the steps of one project work with; `transfer` is how far a clone, fetch or push is."""

    db: Database
    settings: Settings
    project_id: str
    prd: str
    transfer: Progress | None = None

    async def project(self) -> Project:
        """The project as it is now: a person may have mended its address."""
        async with self.db.read() as tx:
            return await projects.get(tx, self.project_id)

    async def checkout(self) -> tuple[Project, Checkout]:
        """The project and its copy of the repository."""
        project = await self.project()
        return project, checkout_of(self.db, project, self._hear)

    def _hear(self, progress: Progress) -> None:
        self.transfer = progress
