"""Git on a project's own copy, by a person's hand."""

import asyncio

from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.checkout import LOOM
from loom_app.git.runner import GitFailed, git
from loom_app.git.staged import Rules, look_through
from loom_app.git.worktree import Author
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid
from loom_app.projects import service as projects
from loom_app.sandbox.gitplaces import nested_repositories
from loom_app.source.patches import author_of
from loom_app.source.place import Place, check_copy, place_of, rules_of
from loom_app.source.schemas import CommitDraft, GitDone, GitStatus

MOST_NAMED = 100


async def sync(db: Database, project_id: str, *, actor: Actor) -> GitDone:
    """Makes the copy or brings it up to date; `message` says why work goes on from the last one instead.

    Raises NotFound, GitFailed when there is no copy and none can be made.
    """
    place = await place_of(db, project_id, actor)
    try:
        async with place.checkout.locked():
            problem = await place.checkout.ensure()
            head = await place.checkout.head()
    except GitFailed as error:
        await _noted(db, place, "", error.message)
        raise
    return await _noted(db, place, head, problem)


async def commit(db: Database, settings: Settings, project_id: str, wanted: CommitDraft, *, actor: Actor) -> GitDone:
    """Commits every change in the copy. Raises NotFound, Conflict when nothing has changed, Invalid for what may not be
    committed, such as secrets."""
    place = await place_of(db, project_id, actor)
    check_copy(place)
    own = author_of(actor)
    author = Author(wanted.author_name or own.name, wanted.author_email or own.email)
    async with place.checkout.locked():
        head = await _committed(place, wanted.message, author, rules_of(place, settings))
    async with db.write() as tx:
        data = {"name": place.project.name, "commit": head, "branch": place.project.branch}
        append(tx, "project.committed", actor=actor, project_id=project_id, subject_id=project_id, data=data)
    return await _noted(db, place, head, place.project.problem)


async def push(db: Database, project_id: str, *, actor: Actor) -> GitDone:
    """Delivers the project's branch. Raises NotFound, GitFailed when the origin does not take it."""
    place = await place_of(db, project_id, actor)
    check_copy(place)
    async with place.checkout.locked():
        problem = await place.checkout.deliver()
        head = await place.checkout.head()
    done = await _noted(db, place, head, problem)
    if problem:
        raise GitFailed(problem, code="push_failed")
    return done


async def status(db: Database, project_id: str, *, actor: Actor) -> GitStatus:
    """How the copy stands. Raises NotFound."""
    place = await place_of(db, project_id, actor)
    project = place.project
    async with db.read() as tx:
        method = await gitaccess.method(tx, project)
    has_git = (place.folder / ".git").exists()
    said = await git("status", "--porcelain", "-z", "--no-renames", cwd=place.folder) if has_git else ""
    return GitStatus(
        project_id=project.id,
        has_git=has_git,
        work_dir=project.work_dir,
        branch=project.branch,
        git_repo=project.git_repo,
        last_commit_hash=project.last_commit_hash,
        last_sync_at=project.last_sync_at,
        git_auth_method=method,
        changed=[line[3:] for line in said.split("\0") if line][:MOST_NAMED],
        undelivered=has_git and await place.checkout.is_ahead(),
    )


async def _committed(place: Place, message: str, author: Author, rules: Rules) -> str:
    nested = await asyncio.to_thread(nested_repositories, place.folder)
    if nested:
        raise Invalid(f"There is a git repository inside this one: {nested[0]}. Remove it.", code="nested_repository")
    await git("add", "--all", cwd=place.folder)
    try:
        changed = await look_through(place.folder, "HEAD", rules)
    except Invalid:
        await git("reset", "--quiet", cwd=place.folder)
        raise
    if not changed:
        raise Conflict("Nothing in Loom's copy has changed since its last commit.", code="nothing_to_commit")
    who = f"--author={author.name} <{author.email}>"
    await git(*LOOM, "commit", "--no-verify", "--cleanup=strip", who, "-F", "-", cwd=place.folder, stdin=message)
    return await place.checkout.head()


async def _noted(db: Database, place: Place, head: str, problem: str) -> GitDone:
    async with db.write() as tx:
        await projects.note_repository(tx, place.project.id, head=head, problem=problem)
        project = await projects.get(tx, place.project.id)
        return GitDone(
            project_id=project.id,
            last_commit_hash=project.last_commit_hash,
            last_sync_at=project.last_sync_at,
            message=problem,
        )
