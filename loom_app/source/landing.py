"""How a patch gets into the repository: in the queue of its project, tested like the work of runs, all or nothing."""

import asyncio
import shutil
from dataclasses import dataclass

from loom_app.actions.patching import Applied, apply_patch, changes_of
from loom_app.config import Settings
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, LoomError, Unavailable
from loom_app.projects import closing
from loom_app.projects import service as projects
from loom_app.projects.models import GitStrategy
from loom_app.runs.landing import merge
from loom_app.runs.proving import NotLanded
from loom_app.sandbox.workspace import Workspace
from loom_app.source import patches
from loom_app.source.models import Patch, PatchStatus
from loom_app.source.place import Place, place_of, rules_of

NEW_ONE = "Fetch, make the patch anew on top of that and send it again."


@dataclass(frozen=True)
class Delivered:
    """What git has of a patch: where, and why the origin has it not, or ""."""

    status: PatchStatus
    commit: str
    branch: str
    problem: str


async def land(db: Database, settings: Settings, patch_id: str) -> None:
    """Lands a patch when its turn comes; nothing when it has ended. Safe to repeat.

    Raises what it was refused for, once that stands on the patch; Unavailable for what may pass.
    """
    async with db.read() as tx:
        row = await tx.get(Patch, patch_id)
    if row is None or row.status != PatchStatus.WAITING:
        return
    place = await place_of(db, row.project_id, SYSTEM)
    tree = _tree(settings, place, row)
    async with tree.checkout.turn(row.asked_at):
        if await _still_waits(db, patch_id):
            await _land(db, settings, place, row, tree)


async def soon(db: Database, settings: Settings, patch_id: str, seconds: float) -> None:
    """Lands a patch if that takes no more than `seconds`; what takes longer is left to the worker.

    Raises what it was refused for.
    """
    try:
        async with asyncio.timeout(seconds):
            await land(db, settings, patch_id)
    except (TimeoutError, Unavailable):
        return


async def _still_waits(db: Database, patch_id: str) -> bool:
    async with db.read() as tx:
        row = await tx.get(Patch, patch_id)
        return row is not None and row.status == PatchStatus.WAITING


def _tree(settings: Settings, place: Place, row: Patch) -> Worktree:
    folder = projects.folder_of(settings, row.project_id) / "patches" / row.id
    author = Author(row.asker, f"{row.asked_by}@users.loom.invalid")
    return Worktree(
        place.checkout, folder, f"person/{row.id}", author, {"Patch": row.id}, rules_of(place, settings)
    )  # fmt: skip


async def _land(db: Database, settings: Settings, place: Place, row: Patch, tree: Worktree) -> None:
    kept = False
    try:
        done, given = await _delivered(db, settings, place, row, tree)
        kept = given.status == PatchStatus.ON_BRANCH
        await _note(db, place, row, done, given)
    except Unavailable:
        raise
    except LoomError as refusal:
        why = f"{refusal.plain} {NEW_ONE}" if isinstance(refusal, NotLanded) else refusal.message
        async with db.write() as tx:
            await patches.refused(tx, row.id, refusal.code, why)
        refusal.message = why
        raise
    finally:
        await _clear(tree, keep_branch=kept)


async def _delivered(
    db: Database, settings: Settings, place: Place, row: Patch, tree: Worktree
) -> tuple[Applied, Delivered]:
    if closing.is_closed(place.project):
        raise closing.closed(place.project)
    async with tree.checkout.locked():
        await tree.checkout.ensure()
        await tree.open_afresh(await tree.checkout.head())
        landed = await tree.landed()
        done = changes_of(row.patch) if landed else await apply_patch(Workspace(tree.folder), row.patch)
        if place.project.git_strategy == GitStrategy.BRANCH_PR and not landed:
            return done, await _on_branch(tree, row.message or _message(done))
    commit, problem = await merge(db, place.project, tree, row.message or _message(done), settings)
    _check_any(commit)
    return done, Delivered(PatchStatus.LANDED, commit, place.project.branch, problem)


async def _on_branch(tree: Worktree, message: str) -> Delivered:
    commit = await tree.squash(message)
    _check_any(commit)
    problem = await tree.checkout.push_branch(tree.branch)
    return Delivered(PatchStatus.ON_BRANCH, commit, tree.branch, problem)


def _check_any(commit: str) -> None:
    if not commit:
        raise Conflict("The patch changes nothing.", code="patch_empty")


async def _note(db: Database, place: Place, row: Patch, done: Applied, given: Delivered) -> None:
    told = f"{len(done.files)} files changed, {done.added} lines added, {done.removed} removed."
    async with db.write() as tx:
        await patches.landed(
            tx, row.id, given.problem or told, status=given.status, message=row.message or _message(done),
            commit_hash=given.commit, branch=given.branch, files=done.files, delivered=not given.problem,
        )  # fmt: skip
        if given.status == PatchStatus.LANDED:
            await projects.note_repository(tx, place.project.id, head=given.commit, problem=given.problem)


async def _clear(tree: Worktree, *, keep_branch: bool) -> None:
    """Removes the folder, and what a process that died over another patch left beside it."""
    if (tree.checkout.folder / ".git").exists():
        async with tree.checkout.locked():
            await asyncio.to_thread(shutil.rmtree, tree.folder.parent, ignore_errors=True)
            await tree.close(keep_branch=keep_branch)


def _message(done: Applied) -> str:
    more = f" and {len(done.files) - 1} more" if len(done.files) > 1 else ""
    return f"Change {done.files[0]}{more}"
