"""The rules of bootstraps: begun once for a name and a repository, taken up again, called off."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.bootstrap import repository
from loom_app.bootstrap.models import UNFINISHED, Bootstrap, BootstrapStatus, BootstrapStep, StepName, StepStatus
from loom_app.bootstrap.schemas import BootstrapDraft
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.git.places import place_of
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import one_at_a_time
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.projects import service as projects
from loom_app.projects.models import BeadsSync
from loom_app.projects.schemas import ProjectDraft

BEGIN_LOCK = 0x10_07


async def begin(
    tx: AsyncSession, wanted: BootstrapDraft, *, settings: Settings, vault: Vault, actor: Actor, key: str = ""
) -> Bootstrap:
    """A new project with its key, and its bootstrap, which the worker takes up; `key` makes it happen once.

    Raises Conflict for a name or repository that a project `actor` sees has, and for a key used for something else.
    """
    await one_at_a_time(tx, BEGIN_LOCK)
    digest = hashlib.sha256(wanted.model_dump_json().encode()).hexdigest()
    known = await repository.of_request(tx, actor.id, key) if key else None
    if known is not None:
        return await _same(tx, known, digest, actor)
    await _check_free(tx, wanted, actor)
    draft = ProjectDraft(
        name=wanted.name, git_repo=wanted.github_url, branch=wanted.branch, beads_sync=BeadsSync.OFF
    )  # the bead file is followed once the first commit has it
    project = await projects.create(tx, draft, settings=settings, actor=actor)
    made = Bootstrap(
        project_id=project.id, prd=wanted.prd, request_key=key, request_digest=digest, created_by=actor.id
    )  # fmt: skip
    await tx.flush()
    tx.add(made)
    await tx.flush()
    tx.add_all([BootstrapStep(project_id=project.id, name=name, place=place) for place, name in enumerate(StepName)])
    await gitaccess.make_key(tx, vault, project.id, actor=actor)
    tell(tx, "bootstrap.started", made, actor)
    return made


async def get(tx: AsyncSession, project_id: str, *, actor: Actor = SYSTEM, to_change: bool = False) -> Bootstrap:
    """The project's bootstrap. Raises NotFound for a project that `actor` does not see or that was made otherwise."""
    await projects.get(tx, project_id, actor=actor)
    found = await repository.get(tx, project_id, to_change=to_change)
    if found is None:
        raise NotFound(
            f"The project {project_id} was not begun from a PRD. POST /api/v1/projects/bootstrap begins one.",
            code="bootstrap_not_found",
        )
    return found


async def steps(tx: AsyncSession, project_id: str) -> Sequence[BootstrapStep]:
    """The steps in their order."""
    return await repository.steps(tx, project_id)


async def unfinished(tx: AsyncSession) -> Sequence[Any]:
    """Rows (project_id, attempt) of what the worker has to do."""
    return await repository.unfinished(tx)


async def retry(tx: AsyncSession, project_id: str, *, actor: Actor) -> Bootstrap:
    """Goes on at the step that failed, waits or was called off; one at work is left alone.

    Raises Conflict for a bootstrap that is through.
    """
    found = await get(tx, project_id, actor=actor, to_change=True)
    if found.status == BootstrapStatus.READY:
        raise Conflict(f"The project {project_id} is ready; nothing is left to repeat.", code="bootstrap_done")
    if found.status == BootstrapStatus.RUNNING:
        return found
    if found.status != BootstrapStatus.WAITING:
        found.attempt += 1
    found.status, found.updated_at, found.finished_at = BootstrapStatus.RUNNING, now(), None
    for step in await repository.steps(tx, project_id):
        if step.status != StepStatus.DONE:
            step.status, step.started_at, step.finished_at, step.tries = StepStatus.PENDING, None, None, 0
    tell(tx, "bootstrap.retried", found, actor)
    return found


async def cancel(tx: AsyncSession, project_id: str, *, actor: Actor) -> Bootstrap:
    """Calls it off: what is done stays, and `retry` goes on from there. Raises Conflict when it is over."""
    found = await get(tx, project_id, actor=actor, to_change=True)
    if found.status == BootstrapStatus.CANCELLED:
        return found
    if found.status not in UNFINISHED:
        raise Conflict(f"The bootstrap of {project_id} is over ({found.status}).", code="bootstrap_over")
    found.status, found.updated_at, found.finished_at = BootstrapStatus.CANCELLED, now(), now()
    for step in await repository.steps(tx, project_id):
        if step.status in (StepStatus.RUNNING, StepStatus.WAITING):
            step.status, step.started_at = StepStatus.PENDING, None
    tell(tx, "bootstrap.cancelled", found, actor)
    return found


def tell(tx: AsyncSession, type_: str, row: Bootstrap, actor: Actor, **more: Any) -> None:
    """Writes an event about a bootstrap."""
    data = {"attempt": row.attempt, "status": row.status, **more}
    append(tx, type_, actor=actor, project_id=row.project_id, subject_id=row.project_id, data=data)


async def _same(tx: AsyncSession, known: Bootstrap, digest: str, actor: Actor) -> Bootstrap:
    """What was begun before under the same key."""
    if known.request_digest != digest:
        raise Conflict(
            "This Idempotency-Key was used for another bootstrap. Use a fresh key for a new one.",
            code="idempotency_key_reused",
        )
    return await get(tx, known.project_id, actor=actor)


async def _check_free(tx: AsyncSession, wanted: BootstrapDraft, actor: Actor) -> None:
    for project_id, name, git_repo in await repository.neighbours(tx, actor):
        same_name = name.strip().lower() == wanted.name.lower()
        same_place = bool(wanted.github_url and git_repo) and _plain(git_repo) == _plain(wanted.github_url)
        if same_name or same_place:
            what = f"is called {name}" if same_name else f"has the repository {git_repo}"
            raise Conflict(
                f"The project {project_id} {what} already. Open it, or choose another "
                f"{'name' if same_name else 'repository'}. A bootstrap that stopped is taken up again by "
                f"POST /api/v1/projects/{project_id}/bootstrap/retry.",
                code="name_taken" if same_name else "repository_taken",
                project_id=project_id,
            )


def _plain(address: str) -> tuple[str, str]:
    """Where an address leads, whichever way it is written: on a site SSH and https come to the same repository."""
    place = place_of(address)
    if not place.host:
        return "", place.path.strip("/")
    return place.site.removesuffix(":22"), place.path.removesuffix(".git").rstrip("/").lower()
