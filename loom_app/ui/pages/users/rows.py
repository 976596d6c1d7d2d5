"""Users as the administrators' pages show them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import repository
from loom_app.kernel.clock import rfc3339

MOST = 50


@dataclass
class UserRow:
    """One user; moments are RFC 3339 or empty."""

    id: str = ""
    username: str = ""
    email: str = ""
    role: str = ""
    is_active: bool = True
    totp: bool = False
    created_at: str = ""
    last_sign_in: str = ""


async def page(tx: AsyncSession, number: int) -> tuple[list[UserRow], int]:
    """The users of that page by name, the first being 1, and how many users there are."""
    found, total = await repository.page(tx, MOST, (number - 1) * MOST)
    return [row(user) for user in found], total


def row(user: Any) -> UserRow:
    """A user without anything secret."""
    return UserRow(
        id=user.id,
        username=user.username,
        email=user.email,
        role=user.role,
        is_active=user.is_active,
        totp=user.totp_enabled,
        created_at=rfc3339(user.created_at),
        last_sign_in=rfc3339(user.last_sign_in_at) if user.last_sign_in_at else "",
    )
