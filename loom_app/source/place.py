"""Where a project's files are read from: Loom's own copy of the repository, at a commit."""

from dataclasses import dataclass, replace
from pathlib import Path

from loom_app.config import Settings
from loom_app.git.checkout import Checkout
from loom_app.git.revisions import commit_of
from loom_app.git.staged import Rules
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.projects import findings
from loom_app.projects import service as projects
from loom_app.projects.models import Project


@dataclass(frozen=True)
class Place:
    """A project, Loom's copy of its repository and, where one was asked for, a commit."""

    project: Project
    checkout: Checkout
    commit: str = ""
    allowed: frozenset[str] = frozenset()
    """What looks like a secret and may be committed all the same."""

    @property
    def folder(self) -> Path:
        """The copy."""
        return self.checkout.folder


def rules_of(place: Place, settings: Settings) -> Rules:
    """What may be committed there: the same by people's hand as by agents."""
    return Rules(round(settings.git.max_file_mb * 2**20), place.allowed)


async def place_of(db: Database, project_id: str, actor: Actor) -> Place:
    """The project's copy, made or not. Raises NotFound, Conflict for a project that has no place for one."""
    async with db.read() as tx:
        project = await projects.get(tx, project_id, actor=actor)
        allowed = frozenset(row.fingerprint for row in await findings.allowed(tx, project_id))
    if not Path(project.work_dir).is_absolute():
        raise Conflict(f"The project {project_id!r} has no folder for a copy of its repository.", code="no_copy_yet")
    return Place(project, checkout_of(db, project), allowed=allowed)


async def at(db: Database, project_id: str, ref: str, actor: Actor) -> Place:
    """The project's copy at `ref`, a branch, tag or commit; empty for the project's branch.

    Raises NotFound, Invalid for what is no name and Conflict while there is no copy.
    """
    place = await place_of(db, project_id, actor)
    check_copy(place)
    return replace(place, commit=await commit_of(place.folder, ref or place.project.branch))


def check_copy(place: Place) -> None:
    """Raises Conflict while there is no copy."""
    if (place.folder / ".git").exists():
        return
    why = f" {place.project.problem}" if place.project.problem else ""
    raise Conflict(
        f"Loom has no copy of this repository yet.{why} POST /api/v1/projects/git/sync?project_id={place.project.id} "
        "fetches it; the first run does so, too.",
        code="no_copy_yet",
    )
