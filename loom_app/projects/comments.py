"""What is said about a project as a whole."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.events.service import append
from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Conflict
from loom_app.kernel.ids import new_id
from loom_app.projects.models import ProjectComment

MOST = 5_000
"""How many comments a project takes."""
LONGEST_TOLD = 200


async def page(tx: AsyncSession, project_id: str, limit: int, offset: int) -> tuple[Sequence[ProjectComment], int]:
    """The comments on a project, oldest first, and how many there are."""
    total = await count(tx, project_id)
    query = select(ProjectComment).where(col(ProjectComment.project_id) == project_id)
    ordered = query.order_by(col(ProjectComment.timestamp), col(ProjectComment.id)).limit(limit).offset(offset)
    return (await tx.execute(ordered)).scalars().all(), total


async def count(tx: AsyncSession, project_id: str) -> int:
    """How many comments there are on a project."""
    query = select(func.count()).select_from(ProjectComment).where(col(ProjectComment.project_id) == project_id)
    return int((await tx.execute(query)).scalar_one())


async def add(tx: AsyncSession, project_id: str, text: str, *, actor: Actor) -> ProjectComment:
    """Says something about a project, which the caller has looked up. Raises Conflict when it takes no more."""
    if await count(tx, project_id) >= MOST:
        raise Conflict(f"The project {project_id!r} has {MOST:,} comments and takes no more.", code="too_many_comments")
    said = ProjectComment(id=new_id("pc"), project_id=project_id, author_id=actor.id, author=actor.name, comment=text)
    tx.add(said)
    await tx.flush()
    data = {"comment_id": said.id, "comment": text[:LONGEST_TOLD]}
    append(tx, "project.comment_created", actor=actor, project_id=project_id, subject_id=project_id, data=data)
    return said
