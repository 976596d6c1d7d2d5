"""Work that landed while its origin was away: tested anew on top of what others pushed meanwhile, then delivered."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.config import Settings
from loom_app.git.worktree import Author, Worktree
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.projects import service as projects
from loom_app.projects.models import Project, ProjectStatus
from loom_app.runs.proving import NotLanded, prove

PLACE = "merges"
LOOM = Author("Loom", "loom@loom.invalid")


async def due(tx: AsyncSession) -> Sequence[tuple[str, str]]:
    """("delivery", project_id) of the projects that have tests and whose work may wait to be delivered."""
    query = select(col(Project.id)).where(
        col(Project.problem) != "", col(Project.test_command) != "", col(Project.status) != ProjectStatus.CLOSED
    )
    return [("delivery", project_id) for project_id in (await tx.execute(query.order_by(col(Project.id)))).scalars()]


async def deliver_late(db: Database, settings: Settings, project_id: str) -> None:
    """Tests what waits and was not tested where it stands now, once, and delivers it when it passes.

    What fails is told on the project, and waits until somebody mends it. Raises Unavailable for what may pass.
    """
    async with db.read() as tx:
        project = await projects.get(tx, project_id)
    folder = settings.data_dir / PLACE / f"late-{project_id}"
    tree = Worktree(checkout_of(db, project), folder, f"loom/late-{project_id}", LOOM, {"Run": f"late-{project_id}"})
    if not (tree.checkout.folder / ".git").exists():
        return
    async with tree.checkout.turn():
        async with tree.checkout.locked():
            if not await tree.checkout.is_unproved() or await tree.checkout.is_refused():
                return
            onto = await tree.checkout.head()
            await tree.open_afresh(onto)
        try:
            problem = await _tested(db, project, tree, settings, onto)
        finally:
            async with tree.checkout.locked():
                await tree.close(keep_branch=False)
    async with db.write() as tx:
        await projects.note_repository(tx, project_id, head="", problem=problem)


async def _tested(db: Database, project: Project, tree: Worktree, settings: Settings, onto: str) -> str:
    """Why it is not delivered, or ""."""
    refused = ""
    try:
        await prove(db, project, tree, settings, f"refs/remotes/origin/{project.branch}")
    except NotLanded as red:
        refused = (
            "Finished work waits to be delivered and fails the tests on top of what others pushed meanwhile. File a "
            f"bead to have that mended; all of it is delivered with what lands next. {red.plain}"
        )
    async with tree.checkout.locked():
        if await tree.checkout.head() != onto:
            return project.problem
        await tree.checkout.note_tests(passed=not refused)
        return refused or await tree.checkout.deliver(follow=False)
