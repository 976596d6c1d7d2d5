"""A person's patch: applied beside everything else, committed in their name, delivered as the project delivers."""

from loom_app.actions.patching import Applied, apply_patch
from loom_app.beadfiles.filing import BeadFilePlace
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.runner import git
from loom_app.git.worktree import Author, Worktree
from loom_app.kernel.actor import Actor
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict
from loom_app.kernel.ids import new_id
from loom_app.projects import closing
from loom_app.projects import service as projects
from loom_app.projects.models import GitStrategy
from loom_app.sandbox.workspace import Workspace
from loom_app.source.place import Place, place_of, rules_of
from loom_app.source.schemas import PatchDraft, PatchView


def author_of(actor: Actor) -> Author:
    """Whom commits are by that a person makes in Loom."""
    return Author(actor.name, f"{actor.id}@users.loom.invalid")


async def apply(db: Database, settings: Settings, project_id: str, wanted: PatchDraft, *, actor: Actor) -> PatchView:
    """Applies and commits a patch on top of the project's branch; nothing of it stays when it does not fit.

    Raises Invalid (cannot be read), Forbidden (leaves the repository, touches git), Conflict (does not fit, changes
    nothing, or the project is closed).
    """
    place = await place_of(db, project_id, actor)
    if closing.is_closed(place.project):
        raise closing.closed(place.project)
    patch_id = new_id("patch")
    folder = projects.folder_of(settings, project_id) / "patches" / patch_id
    branch = f"person/{patch_id}"
    trailers, rules = {"Patch": patch_id}, rules_of(place, settings)
    tree = Worktree(place.checkout, folder, branch, author_of(actor), trailers, rules)
    async with place.checkout.locked():
        await place.checkout.ensure()
        await BeadFilePlace.of(place.checkout, place.project.beads_path).keep_edits()
        kept = False
        try:
            await tree.open()
            done = await apply_patch(Workspace(folder), wanted.patch)
            view = await _delivered(place, tree, done, wanted.message)
            kept = view.branch == branch
        finally:
            await tree.close(keep_branch=kept)
    await _note(db, place, view, actor)
    return view


async def _delivered(place: Place, tree: Worktree, done: Applied, message: str | None) -> PatchView:
    commit = await tree.squash(message or _message(done))
    if not commit:
        raise Conflict("The patch changes nothing.", code="patch_empty")
    if place.project.git_strategy == GitStrategy.BRANCH_PR:
        branch, problem = tree.branch, await place.checkout.push_branch(tree.branch)
    else:
        await git("merge", "--ff-only", tree.branch, cwd=place.folder)
        branch, problem = place.project.branch, await place.checkout.deliver()
    return PatchView(
        applied=True,
        output=problem or f"{len(done.files)} files changed, {done.added} lines added, {done.removed} removed.",
        commit=commit,
        branch=branch,
        files=done.files,
        delivered=not problem,
    )


async def _note(db: Database, place: Place, view: PatchView, actor: Actor) -> None:
    project = place.project
    data = {"name": project.name, "commit": view.commit, "branch": view.branch, "files": view.files[:50]}
    async with db.write() as tx:
        append(tx, "project.committed", actor=actor, project_id=project.id, subject_id=project.id, data=data)
        if view.branch == project.branch:
            problem = "" if view.delivered else view.output
            await projects.note_repository(tx, project.id, head=view.commit, problem=problem)


def _message(done: Applied) -> str:
    more = f" and {len(done.files) - 1} more" if len(done.files) > 1 else ""
    return f"Change {done.files[0]}{more}"
