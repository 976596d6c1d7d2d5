"""Queries of messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.kernel.scope import within
from loom_app.messages.models import Message


async def page(
    tx: AsyncSession, actor: Actor, asked: Mapping[str, str | None], *, limit: int, offset: int
) -> tuple[Sequence[Any], int]:
    """The messages `actor` sees, newest first, and how many match in all; `bead_id` and `run_id` mean either end."""
    wanted = [within(actor, col(Message.project_id))]
    if asked["project_id"]:
        wanted.append(col(Message.project_id) == asked["project_id"])
    if asked["bead_id"]:
        wanted.append(or_(*(one == asked["bead_id"] for one in (col(Message.bead_id), col(Message.delivered_bead_id)))))
    if asked["run_id"]:
        wanted.append(or_(*(one == asked["run_id"] for one in (col(Message.run_id), col(Message.delivered_run_id)))))
    if asked["agent_id"]:
        wanted.append(
            or_(*(one == asked["agent_id"] for one in (col(Message.from_agent_id), col(Message.to_agent_id))))
        )
    query = select(Message).where(*wanted).order_by(col(Message.created_at).desc(), col(Message.id).desc())
    total = (await tx.execute(select(func.count()).select_from(Message).where(*wanted))).scalar_one()
    return (await tx.execute(query.limit(limit).offset(offset))).scalars().all(), total


async def get(tx: AsyncSession, message_id: str) -> Message | None:
    """The message."""
    return await tx.get(Message, message_id)


async def sent_by(tx: AsyncSession, run_id: str) -> int:
    """How many messages a run has sent."""
    return (await tx.execute(select(func.count()).where(col(Message.run_id) == run_id))).scalar_one()


async def waiting_for(tx: AsyncSession, agent_id: str) -> int:
    """How many messages an agent has not been told yet."""
    return (await tx.execute(select(func.count()).where(*_waits(agent_id)))).scalar_one()


async def waiting(tx: AsyncSession, agent_id: str, limit: int) -> Sequence[Message]:
    """The first messages an agent has not been told yet, kept from others."""
    query = select(Message).where(*_waits(agent_id)).order_by(col(Message.created_at), col(Message.id)).limit(limit)
    return (await tx.execute(query.with_for_update())).scalars().all()


async def give_back(tx: AsyncSession, run_id: str, answered: int) -> None:
    """Has what was told in a run after the turn `answered` wait again."""
    unheard = update(Message).where(col(Message.delivered_run_id) == run_id, col(Message.delivered_turn) > answered)
    nowhere = {"delivered_run_id": "", "delivered_turn": 0, "delivered_bead_id": "", "delivered_at": None}
    await tx.execute(unheard.values(nowhere))


async def forget(tx: AsyncSession, before: datetime) -> None:
    """Removes the messages from before then."""
    await tx.execute(delete(Message).where(col(Message.created_at) < before))


async def any_before(tx: AsyncSession, before: datetime) -> bool:
    """Whether there is a message from before then."""
    query = select(col(Message.id)).where(col(Message.created_at) < before).limit(1)
    return (await tx.execute(query)).first() is not None


def _waits(agent_id: str) -> tuple[Any, ...]:
    return (col(Message.to_agent_id) == agent_id, col(Message.delivered_run_id) == "")
