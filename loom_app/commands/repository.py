"""Queries of the commands of people."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.commands.models import Command
from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within


def _matching(actor: Actor, narrowed: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    wanted = [col(getattr(Command, name)) == value for name, value in narrowed.items() if value is not None]
    return [within(actor, col(Command.project_id)), *wanted]


async def get(tx: AsyncSession, command_id: str) -> Command | None:
    """The command."""
    return await tx.get(Command, command_id)


async def newest(
    tx: AsyncSession, actor: Actor, narrowed: Mapping[str, str | None], limit: int
) -> tuple[list[tuple[datetime, str]], int]:
    """When the newest commands that `actor` may know of were run, with their ids, and how many there are."""
    where = _matching(actor, narrowed)
    query = select(col(Command.created_at), col(Command.id)).where(*where)
    rows: Any = (await tx.execute(query.order_by(col(Command.created_at).desc()).limit(limit))).all()
    total = (await tx.execute(select(func.count()).select_from(Command).where(*where))).scalar_one()
    return [(row[0], row[1]) for row in rows], total


async def forget(tx: AsyncSession, before: datetime) -> None:
    """Deletes what was run before then."""
    await tx.execute(delete(Command).where(col(Command.created_at) < before))
