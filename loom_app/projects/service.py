"""The rules of projects."""

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import memberships
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now, rfc3339
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.ids import new_id
from loom_app.projects import closing, repository
from loom_app.projects.models import BeadsSync, Project, ProjectStatus
from loom_app.projects.schemas import ProjectChange, ProjectDraft

MAY_BE_EMPTY = ("parent_id", "due_date", "max_runs")
LIMITS = ("wip_limits", "role_limits")
RESERVED = ("new", "bootstrap")
"""Ids that would stand where addresses of pages and routes do."""
MOST_NAMED = 20
"""How many projects a sentence names."""


async def get(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM) -> Project:
    """The project, if `actor` sees it. Raises NotFound, naming those they see."""
    project = await repository.get(tx, project_id)
    if project is None or not actor.sees(project_id):
        known = await _some(tx, actor)
        raise NotFound(f"There is no project {project_id!r}. Projects: {known}.", code="project_not_found")
    return project


async def get_open(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM) -> Project:
    """The project that new work goes into; it stays open to the end of `tx`. Raises NotFound, Conflict if closed."""
    await get(tx, project_id, actor=actor)
    project = await repository.kept_open(tx, project_id) or await get(tx, project_id, actor=actor)
    if closing.is_closed(project):
        raise closing.closed(project)
    return project


async def get_to_close(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM) -> Project:
    """The project, kept from new work to the end of `tx`, for `closing`. Raises NotFound."""
    await get(tx, project_id, actor=actor)
    return await repository.kept(tx, project_id) or await get(tx, project_id, actor=actor)


async def unfinished(tx: AsyncSession, project_id: str) -> int:
    """How many beads of the project are not done."""
    return await repository.unfinished(tx, project_id)


async def agents_of(tx: AsyncSession, project_id: str) -> list[str]:
    """The ids of the agents who work for the project."""
    return (await repository.agents_by_project(tx)).get(project_id, [])


async def every(tx: AsyncSession, *, actor: Actor = SYSTEM) -> list[Project]:
    """The projects `actor` sees, by id."""
    return [await get(tx, project_id) for project_id in await repository.ids(tx, actor)]


async def usual(tx: AsyncSession, actor: Actor) -> Project | None:
    """Where work goes that names no project: `loom`, else the one that was made first of the open ones `actor` sees.

    The demo's is taken where there is no other.
    """
    return await repository.usual(tx, actor)


async def create(
    tx: AsyncSession, draft: ProjectDraft, *, settings: Settings, actor: Actor, is_demo: bool = False
) -> Project:
    """A new project, owned by `actor`; its repository is made or cloned when it is first needed.

    Raises Conflict for a taken id.
    """
    project_id = draft.id or await _free_id(tx, draft.name)
    if project_id in RESERVED or await repository.get(tx, project_id) is not None:
        raise Conflict(f"The id {project_id!r} is taken; choose another.", code="project_exists")
    _check_sync(draft.beads_sync, draft.git_repo)
    if draft.parent_id:
        await _check_parent(tx, project_id, draft.parent_id, actor)
    project = Project(
        **draft.model_dump(exclude={"id", "beads_sync"}),
        id=project_id,
        beads_sync=draft.beads_sync or BeadsSync.OFF,
        beads_sync_chosen=draft.beads_sync is not None or not draft.git_repo,
        is_demo=is_demo,
        work_dir=str(folder_of(settings, project_id) / "repo"),
        problem=_missing_repository(draft.git_repo),
    )
    tx.add(project)
    await memberships.add_founder(tx, project.id, actor)
    append(
        tx, "project.created", actor=actor, project_id=project.id, subject_id=project.id, data={"name": project.name}
    )
    return project


async def update(tx: AsyncSession, project_id: str, change: ProjectChange, *, actor: Actor) -> Project:
    """The project with `change` applied. A changed repository is cloned afresh when it is next needed."""
    project = await get(tx, project_id, actor=actor)
    wanted = await _wanted(tx, project, change, actor)
    status = wanted.pop("status", None)
    for name in LIMITS:
        if name in wanted:
            wanted[name] = _limited(getattr(project, name), wanted[name])
    fields = {name: value for name, value in wanted.items() if getattr(project, name) != value}
    project.beads_sync_chosen = project.beads_sync_chosen or "beads_sync" in wanted
    if fields:
        _apply(tx, project, fields, actor)
    await _set_status(tx, project_id, status, actor)
    return project


def _apply(tx: AsyncSession, project: Project, fields: dict[str, Any], actor: Actor) -> None:
    if "git_repo" in fields and not project.git_repo:
        raise Invalid(
            "Loom owns this project's only copy. Push it where it shall live and make a project for that address.",
            code="git_repo_fixed",
        )
    _check_sync(fields.get("beads_sync"), fields.get("git_repo", project.git_repo))
    for name, value in fields.items():
        setattr(project, name, value)
    if "git_repo" in fields:
        project.problem = _missing_repository(project.git_repo)
    project.updated_at = now()
    data = {"fields": _told(fields)}
    append(tx, "project.updated", actor=actor, project_id=project.id, subject_id=project.id, data=data)


def _told(fields: dict[str, Any]) -> dict[str, Any]:
    """Changed fields as events tell them; who sees the project need not see its parent."""
    shown = {name: rfc3339(value) if isinstance(value, datetime) else value for name, value in fields.items()}
    return shown | {name: None for name in ("parent_id",) if name in fields}


async def _wanted(tx: AsyncSession, project: Project, change: ProjectChange, actor: Actor) -> dict[str, Any]:
    """What `change` asks for. Of a parent that `actor` does not see null says nothing."""
    given = change.model_dump(exclude_unset=True)
    wanted = {name: value for name, value in given.items() if value is not None or name in MAY_BE_EMPTY}
    if wanted.get("parent_id", "") is None and project.parent_id and not actor.sees(project.parent_id):
        del wanted["parent_id"]
    if wanted.get("parent_id"):
        await _check_parent(tx, project.id, wanted["parent_id"], actor)
    return wanted


async def _set_status(tx: AsyncSession, project_id: str, status: ProjectStatus | None, actor: Actor) -> None:
    if status == ProjectStatus.CLOSED:
        await closing.close(tx, await get_to_close(tx, project_id, actor=actor), actor=actor)
    elif status is not None:
        await closing.reopen(tx, await get(tx, project_id, actor=actor), actor=actor)


async def _check_parent(tx: AsyncSession, project_id: str, parent_id: str, actor: Actor) -> None:
    """Raises NotFound for a parent that `actor` does not see and Conflict for a project within itself."""
    await get(tx, parent_id, actor=actor)
    known, path = await repository.parents(tx), [parent_id]
    while path[-1] != project_id and path[-1] in known and known[path[-1]] not in path:
        path.append(known[path[-1]])
    if path[-1] == project_id:
        way = " is a part of ".join(step if actor.sees(step) else "another project" for step in path)
        raise Conflict(f"A project cannot be a part of itself: {way}.", code="project_cycle")


async def choose_sync(tx: AsyncSession, project_id: str, sync: BeadsSync, prefix: str = "") -> None:
    """Settles what nobody has chosen: what becomes of the bead file, once it is known whether there is one.

    `prefix` is how the ids in the file begin; new beads get it where the project was made without one of its own.
    """
    project = await get(tx, project_id)
    if project.beads_sync_chosen:
        return
    project.beads_sync, project.beads_sync_chosen, project.updated_at = sync, True, now()
    fields: dict[str, Any] = {"beads_sync": sync}
    if prefix and project.bead_prefix == ProjectDraft.model_fields["bead_prefix"].default:
        project.bead_prefix = fields["bead_prefix"] = prefix
    data = {"fields": fields}
    append(tx, "project.updated", actor=SYSTEM, project_id=project_id, subject_id=project_id, data=data)


def _check_sync(sync: BeadsSync | None, git_repo: str) -> None:
    """Raises Invalid for a file that Loom would write where nobody could commit it."""
    path = Path(git_repo.removeprefix("file://"))
    if sync == BeadsSync.WRITE and git_repo and not (path.is_absolute() and (path / ".git").exists()):
        raise Invalid(
            "beads_sync 'write' leaves the commit to people, so git_repo must be a checkout on this machine. "
            "Use 'commit' or 'push' for a repository elsewhere.",
            code="beads_sync_needs_checkout",
        )


async def check_can_go(tx: AsyncSession, project_id: str) -> str:
    """What a project still has that would go with it, in words; "" for nothing. Raises Conflict for a sticky one."""
    project = await get(tx, project_id)
    if project.is_sticky:
        raise Conflict(
            f"The project {project_id!r} is sticky and is not deleted. Set is_sticky to false first.",
            code="project_sticky",
        )
    return await repository.uses(tx, project_id)


async def delete(tx: AsyncSession, project_id: str, *, actor: Actor, removed: str = "") -> None:
    """Removes a project whose beads and agents are gone; `removed` says what of them there was."""
    project = await get(tx, project_id, actor=actor)
    await repository.delete_belongings(tx, project_id)
    for part in await repository.parts(tx, project_id):
        part.parent_id = None
    await tx.delete(project)
    data = {"name": project.name, "removed": removed}
    append(tx, "project.deleted", actor=actor, project_id=project_id, subject_id=project_id, data=data)


async def note_repository(tx: AsyncSession, project_id: str, *, head: str, problem: str) -> None:
    """Remembers how the repository was found; an event only when that changed."""
    project = await get(tx, project_id)
    project.last_sync_at = now()
    if (project.last_commit_hash, project.problem) == (head or project.last_commit_hash, problem):
        return
    project.last_commit_hash, project.problem = head or project.last_commit_hash, problem
    project.updated_at = now()
    data = {"fields": {"last_commit_hash": project.last_commit_hash, "problem": problem}}
    append(tx, "project.updated", actor=SYSTEM, project_id=project_id, subject_id=project_id, data=data)


async def note_branch(tx: AsyncSession, project_id: str, *, red: str) -> None:
    """Remembers which tests fail on the project's branch itself, "" for none; an event when that begins or ends."""
    project = await get(tx, project_id)
    was, project.branch_red = project.branch_red, red
    if bool(was) != bool(red):
        type_ = "project.branch_red" if red else "project.branch_green"
        data = {"name": project.name, "branch": project.branch, "message": red}
        append(tx, type_, actor=SYSTEM, project_id=project_id, subject_id=project_id, data=data)


def folder_of(settings: Settings, project_id: str) -> Path:
    """Where Loom keeps what belongs to the project."""
    return settings.data_dir / "projects" / project_id


def forget_files(settings: Settings, project_id: str) -> None:
    """Removes the files of a project that is no more."""
    shutil.rmtree(folder_of(settings, project_id), ignore_errors=True)


def _missing_repository(address: str) -> str:
    """Why nothing can be cloned from a path of this machine, in a sentence; "" when it can or is elsewhere."""
    path = Path(address.removeprefix("file://"))
    if not path.is_absolute() or (path / ".git").exists() or (path / "objects").is_dir():
        return ""
    return f"There is no git repository at {path}. Work waits until there is one, or git_repo names another."


def _limited(limits: dict[str, int], change: dict[str, int | None]) -> dict[str, int]:
    """`limits` with those of `change` set, and those that are None there lifted."""
    return {name: limit for name, limit in (limits | change).items() if limit is not None}


async def _some(tx: AsyncSession, actor: Actor) -> str:
    """The ids of the first projects `actor` sees, in words."""
    known = await repository.ids(tx, actor)
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return (", ".join(known[:MOST_NAMED]) or "none yet") + more


def plain_id(name: str) -> str:
    """The name as an id."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "project"


async def _free_id(tx: AsyncSession, name: str) -> str:
    """The name as an id, else with something unique behind it."""
    plain = plain_id(name)
    taken = plain in RESERVED or await repository.get(tx, plain) is not None
    return f"{plain}-{new_id('x')[-6:]}" if taken else plain
