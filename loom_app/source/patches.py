"""Patches by people's hand: asked for, looked at, and how each stands in the queue of its project."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.actions.patching import changes_of
from loom_app.events.service import append
from loom_app.git.worktree import Author
from loom_app.kernel.actor import Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound
from loom_app.kernel.ids import new_id
from loom_app.projects import service as projects
from loom_app.source.models import Patch, PatchStatus
from loom_app.source.place import place_of
from loom_app.source.schemas import PatchDraft

MOST_WAITING = 50
"""In the queue of one project."""
LONGEST_REASON = 2_000


def author_of(actor: Actor) -> Author:
    """Whom commits are by that a person makes in Loom."""
    return Author(actor.name, f"{actor.id}@users.loom.invalid")


async def ask(db: Database, project_id: str, wanted: PatchDraft, *, actor: Actor) -> Patch:
    """Puts a patch in the queue of its project.

    Raises NotFound, Invalid for what is no patch, Forbidden for one that makes links, Conflict for a closed project
    or one in whose queue too many wait.
    """
    changes_of(wanted.patch)
    await place_of(db, project_id, actor)
    async with db.write() as tx:
        await projects.get_open(tx, project_id, actor=actor)
        await _check_room(tx, project_id)
        asked = Patch(
            id=new_id("patch"), project_id=project_id, patch=wanted.patch, message=wanted.message or "",
            asked_by=actor.id, asker=actor.name, output="It waits for its turn.",
        )  # fmt: skip
        tx.add(asked)
        _tell(tx, "project.patch_asked", asked)
    return asked


async def get(tx: AsyncSession, project_id: str, patch_id: str, *, actor: Actor) -> Patch:
    """A patch as it stands. Raises NotFound."""
    await projects.get(tx, project_id, actor=actor)
    found = await tx.get(Patch, patch_id, populate_existing=True)
    if found is None or found.project_id != project_id:
        raise NotFound(f"The project {project_id!r} has no patch {patch_id!r}.", code="no_such_patch")
    return found


async def page(
    tx: AsyncSession, project_id: str, limit: int, offset: int, *, actor: Actor
) -> tuple[Sequence[Patch], int]:
    """The patches of a project, newest first, and how many there are. Raises NotFound."""
    await projects.get(tx, project_id, actor=actor)
    every = select(Patch).where(col(Patch.project_id) == project_id)
    total = (await tx.execute(select(func.count()).select_from(every.subquery()))).scalar_one()
    newest = every.order_by(col(Patch.asked_at).desc(), col(Patch.id).desc()).limit(limit).offset(offset)
    return (await tx.execute(newest)).scalars().all(), total


async def due(tx: AsyncSession) -> list[tuple[str, str]]:
    """("patch", id) of all that wait, whoever asked first first."""
    query = select(col(Patch.id)).where(col(Patch.status) == PatchStatus.WAITING)
    found = (await tx.execute(query.order_by(col(Patch.asked_at), col(Patch.id)))).scalars()
    return [("patch", patch_id) for patch_id in found]


async def landed(tx: AsyncSession, patch_id: str, output: str, **told: Any) -> None:
    """Says that git has a patch that waited: its commit, branch and files, and whether the origin has it."""
    row = await _ended(tx, patch_id, output, **told, patch="")
    _tell(tx, "project.committed", row, commit=row.commit_hash, branch=row.branch, files=row.files[:50])


async def refused(tx: AsyncSession, patch_id: str, code: str, why: str) -> None:
    """Says that nothing of a patch that waited is in the repository, and why."""
    row = await _ended(tx, patch_id, why, status=PatchStatus.REFUSED, code=code)
    _tell(tx, "project.patch_refused", row, code=code, reason=why[:LONGEST_REASON])


async def give_up(tx: AsyncSession, patch_id: str, why: str) -> None:
    """Refuses a patch that still waits and cannot be landed."""
    row = await tx.get(Patch, patch_id, with_for_update=True, populate_existing=True)
    if row is not None and row.status == PatchStatus.WAITING:
        await refused(tx, patch_id, "not_landed", f"{why} Nothing of the patch is in the repository; send it again.")


async def _ended(tx: AsyncSession, patch_id: str, output: str, **told: Any) -> Patch:
    row = await tx.get_one(Patch, patch_id, with_for_update=True, populate_existing=True)
    row.output, row.ended_at = output, now()
    for name, value in told.items():
        setattr(row, name, value)
    return row


async def _check_room(tx: AsyncSession, project_id: str) -> None:
    query = select(func.count()).where(col(Patch.project_id) == project_id, col(Patch.status) == PatchStatus.WAITING)
    if (await tx.execute(query)).scalar_one() >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} patches wait for their turn in {project_id!r} already. Wait until some have landed.",
            code="too_many_patches",
        )


def _tell(tx: AsyncSession, type_: str, row: Patch, **more: Any) -> None:
    asker = Actor("user", row.asked_by, row.asker, frozenset())
    data = {"patch_id": row.id, **more}
    append(tx, type_, actor=asker, project_id=row.project_id, subject_id=row.project_id, data=data)
