"""The rules of projects."""

import re
import shutil
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import memberships
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Invalid, NotFound
from loom_app.kernel.faults import in_words
from loom_app.kernel.ids import new_id
from loom_app.projects import repository
from loom_app.projects.models import BeadsSync, Project, ProjectStatus
from loom_app.projects.schemas import ProjectChange, ProjectDraft

MOST_NAMED = 20
"""How many projects a sentence names."""


async def get(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM) -> Project:
    """The project, if `actor` sees it. Raises NotFound, naming those they see."""
    project = await repository.get(tx, project_id)
    if project is None or not actor.sees(project_id):
        known = await _some(tx, actor)
        raise NotFound(f"There is no project {project_id!r}. Projects: {known}.", code="project_not_found")
    return project


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
    if await repository.get(tx, project_id) is not None:
        raise Conflict(f"The id {project_id!r} is taken; choose another.", code="project_exists")
    _check_sync(draft.beads_sync, draft.git_repo)
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
    wanted = {name: value for name, value in change.model_dump(exclude_unset=True).items() if value is not None}
    if "wip_limits" in wanted:
        wanted["wip_limits"] = _limited(project.wip_limits, wanted["wip_limits"])
    fields = {name: value for name, value in wanted.items() if getattr(project, name) != value}
    project.beads_sync_chosen = project.beads_sync_chosen or "beads_sync" in wanted
    if not fields:
        return project
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
    if "status" in fields:
        project.closed_at = now() if project.status == ProjectStatus.CLOSED else None
    project.updated_at = now()
    append(tx, "project.updated", actor=actor, project_id=project_id, subject_id=project_id, data={"fields": fields})
    return project


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


async def delete(tx: AsyncSession, project_id: str, *, actor: Actor) -> None:
    """Removes a project that has neither beads nor agents. Raises Conflict otherwise."""
    project = await get(tx, project_id, actor=actor)
    used = await repository.uses(tx, project_id)
    if used:
        raise Conflict(
            f"Project {project_id!r} still has {used}. Close it instead (status closed), or remove those first.",
            code="project_in_use",
        )
    await repository.delete_chart(tx, project_id)
    await tx.delete(project)
    append(
        tx, "project.deleted", actor=actor, project_id=project_id, subject_id=project_id, data={"name": project.name}
    )


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


def folder_of(settings: Settings, project_id: str) -> Path:
    """Where Loom keeps what belongs to the project."""
    return settings.data_dir / "projects" / project_id


async def ensure_configured(db: Database, settings: Settings) -> None:
    """Makes the projects that config.yaml names and that are not there yet. Raises Invalid for one that cannot be."""
    for place, entry in enumerate(settings.projects):
        draft = _configured(place, entry)
        async with db.write() as tx:
            if draft.id is None or await repository.get(tx, draft.id) is None:
                await create(tx, draft, settings=settings, actor=SYSTEM)


def _configured(place: int, entry: dict[str, Any]) -> ProjectDraft:
    called = f"projects[{place}] ({entry.get('id') or entry.get('name') or 'without a name'})"
    try:
        return ProjectDraft.model_validate(entry)
    except Invalid as error:
        raise Invalid(f"{called}: {error.message}", code="bad_settings") from error
    except ValidationError as error:
        raise Invalid(f"{called}: {in_words(error)}.", code="bad_settings") from error


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
    return {column: limit for column, limit in (limits | change).items() if limit is not None}


async def _some(tx: AsyncSession, actor: Actor) -> str:
    """The ids of the first projects `actor` sees, in words."""
    known = await repository.ids(tx, actor)
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return (", ".join(known[:MOST_NAMED]) or "none yet") + more


async def _free_id(tx: AsyncSession, name: str) -> str:
    """The name as an id, else with something unique behind it."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "project"
    taken = await repository.get(tx, plain) is not None
    return f"{plain}-{new_id('x')[-6:]}" if taken else plain
