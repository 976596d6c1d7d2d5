"""Queries of the revisions of personas."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.personas.models import PersonaRevision

BRIEF = tuple(column for column in PersonaRevision.__table__.columns if column.name != "text")  # type: ignore[attr-defined]


async def one(tx: AsyncSession, persona: str, number: int) -> PersonaRevision | None:
    """One revision with its text."""
    return await tx.get(PersonaRevision, (persona, number))


async def newest(tx: AsyncSession, persona: str, *, sound: bool = False) -> PersonaRevision | None:
    """The newest revision, or the newest that somebody can be made from."""
    query = select(PersonaRevision).where(col(PersonaRevision.persona) == persona)
    if sound:
        query = query.where(col(PersonaRevision.problem) == "")
    return (await tx.execute(query.order_by(col(PersonaRevision.number).desc()).limit(1))).scalar_one_or_none()


async def heads(tx: AsyncSession) -> dict[str, Any]:
    """Persona → its newest revision, without the text."""
    last = (
        select(col(PersonaRevision.persona), func.max(col(PersonaRevision.number)).label("number"))
        .group_by(col(PersonaRevision.persona))
        .subquery()
    )
    here = and_(col(PersonaRevision.persona) == last.c.persona, col(PersonaRevision.number) == last.c.number)
    return {row.persona: row for row in (await tx.execute(select(*BRIEF).join(last, here))).all()}


async def page(tx: AsyncSession, persona: str, *, limit: int, offset: int) -> tuple[Sequence[PersonaRevision], int]:
    """The revisions of a persona, newest first, and how many there are."""
    of_it = col(PersonaRevision.persona) == persona
    total = (await tx.execute(select(func.count()).select_from(PersonaRevision).where(of_it))).scalar_one()
    query = select(PersonaRevision).where(of_it).order_by(col(PersonaRevision.number).desc())
    return (await tx.execute(query.limit(limit).offset(offset))).scalars().all(), total


async def forget(tx: AsyncSession, persona: str, up_to: int) -> None:
    """Deletes the revisions of a persona up to the number `up_to`, all but the first."""
    old = and_(col(PersonaRevision.persona) == persona, col(PersonaRevision.number).between(2, up_to))
    await tx.execute(delete(PersonaRevision).where(old))
