"""Queries of lessons."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.clock import now
from loom_app.kernel.database import inserting
from loom_app.lessons.models import Lesson


async def get(tx: AsyncSession, lesson_id: str) -> Lesson | None:
    """The lesson, to be changed."""
    return await tx.get(Lesson, lesson_id)


async def of_project(tx: AsyncSession, project_id: str) -> Sequence[Lesson]:
    """All lessons of a project, the one learned last first."""
    query = select(Lesson).where(col(Lesson.project_id) == project_id)
    return (await tx.execute(query.order_by(col(Lesson.seen_at).desc(), col(Lesson.id)))).scalars().all()


async def add(tx: AsyncSession, lesson: Lesson) -> bool:
    """Whether the lesson is new; one with its fingerprint that is there stays as it is."""
    added = inserting(tx, Lesson).values(**lesson.model_dump()).on_conflict_do_nothing()
    return bool((await tx.execute(added.returning(col(Lesson.id)))).scalar_one_or_none())


async def heard_again(tx: AsyncSession, lesson: Lesson) -> None:
    """Counts that another run taught what is known, once for each run."""
    same = (col(Lesson.project_id) == lesson.project_id, col(Lesson.fingerprint) == lesson.fingerprint)
    other = col(Lesson.source_run_id) != lesson.source_run_id
    again = {"hits": Lesson.hits + 1, "seen_at": now(), "source_run_id": lesson.source_run_id}
    await tx.execute(update(Lesson).where(*same, other).values(**again))


async def used(tx: AsyncSession, ids: Iterable[str]) -> None:
    """Counts that a run was told of these."""
    wanted = col(Lesson.id).in_(sorted(ids))
    await tx.execute(update(Lesson).where(wanted).values(uses=Lesson.uses + 1, used_at=now()))


async def count(tx: AsyncSession, project_id: str) -> int:
    """How many lessons the project has."""
    query = select(func.count()).select_from(Lesson).where(col(Lesson.project_id) == project_id)
    return int((await tx.execute(query)).scalar_one())


async def forget(tx: AsyncSession, ids: Iterable[str]) -> None:
    """Deletes these."""
    await tx.execute(delete(Lesson).where(col(Lesson.id).in_(sorted(ids))))
