"""Queries of second factors and recovery codes."""

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.auth.models import RecoveryCode, SecondFactor


async def factor(tx: AsyncSession, user_id: str) -> SecondFactor | None:
    """The user's seed, confirmed or not."""
    return await tx.get(SecondFactor, user_id)


async def use_step(tx: AsyncSession, user_id: str, step: int) -> bool:
    """Marks codes up to the time step `step` as used; False when they were. One of two at once gets True."""
    query = update(SecondFactor).where(col(SecondFactor.user_id) == user_id, col(SecondFactor.last_step) < step)
    query = query.values({col(SecondFactor.last_step): step}).execution_options(synchronize_session=False)
    return (await tx.execute(query.returning(col(SecondFactor.user_id)))).first() is not None


async def take_recovery_code(tx: AsyncSession, user_id: str, code_hash: str) -> bool:
    """Takes the recovery code away; False when there is none. One of two at once gets True."""
    query = delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id, col(RecoveryCode.code_hash) == code_hash)
    query = query.execution_options(synchronize_session=False)
    return (await tx.execute(query.returning(col(RecoveryCode.code_hash)))).first() is not None


async def recovery_codes_left(tx: AsyncSession, user_id: str) -> int:
    """How many recovery codes the user has not used."""
    query = select(func.count()).select_from(RecoveryCode).where(col(RecoveryCode.user_id) == user_id)
    return (await tx.execute(query)).scalar_one()


async def drop_recovery_codes(tx: AsyncSession, user_id: str) -> None:
    """Takes every recovery code of the user away."""
    query = delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id)
    await tx.execute(query.execution_options(synchronize_session=False))


async def forget(tx: AsyncSession, user_id: str) -> None:
    """Takes the user's seed and recovery codes away."""
    await drop_recovery_codes(tx, user_id)
    query = delete(SecondFactor).where(col(SecondFactor.user_id) == user_id)
    await tx.execute(query.execution_options(synchronize_session=False))
