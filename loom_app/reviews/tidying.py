"""Branches of runs whose work has landed, removed once a day, and repositories packed."""

from loom_app.git.runner import GitFailed
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Forbidden
from loom_app.kernel.log import get_logger
from loom_app.projects.models import Project
from loom_app.reviews import repository

log = get_logger(__name__)


async def remove_merged(db: Database, project: Project) -> list[str]:
    """Removes the branches of a project's runs that its branch has whole, here and at the origin. Answers which.

    Protected branches and those that runs work on or people have before them stay.
    """
    checkout = checkout_of(db, project)
    if not (checkout.folder / ".git").exists():
        return []
    async with db.read() as tx:
        kept = await repository.branches_kept(tx, project.id)
    removed = []
    async with checkout.locked():
        for name in await checkout.merged_branches():
            if name in kept:
                continue
            try:
                problem = await checkout.drop_branch(name)
            except (Forbidden, GitFailed) as error:
                problem = error.message
            if problem:
                log.warning("branch not removed", project=project.id, branch=name, why=problem)
            else:
                removed.append(name)
        await checkout.pack()
    return removed
