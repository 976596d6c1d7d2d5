"""Whether and where a project's bead file is followed."""

from pathlib import Path

from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync


async def choose(db: Database, project_id: str) -> None:
    """For a project of which nobody has said: push where its repository has a bead file, else off.

    Raises GitFailed when the repository cannot be had.
    """
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
    if project.beads_sync_chosen:
        return
    checkout = projects.checkout_of(project)
    async with checkout.locked():
        await checkout.ensure()
        found = await BeadFilePlace.of(checkout, project.beads_path).read()
    async with db.write() as tx:
        await projects.choose_sync(tx, project_id, BeadsSync.OFF if found is None else BeadsSync.PUSH)


async def file_at_hand(db: Database, project_id: str) -> Path:
    """The file that people may edit in place."""
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
    place = BeadFilePlace.of(projects.checkout_of(project), project.beads_path)
    return await place.folder() / place.path
