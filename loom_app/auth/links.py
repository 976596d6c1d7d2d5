"""Links that work once and for a day. Whoever holds the token in one may do the one thing it was made for."""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.auth import repository
from loom_app.auth.models import OneTimeLink
from loom_app.kernel.clock import now

LASTS = timedelta(hours=24)


class Purpose(StrEnum):
    """What a link is for; also the page it leads to."""

    SETUP = "setup"
    RESET = "reset"


async def make(
    tx: AsyncSession, purpose: Purpose, *, user_id: str | None = None, ends_second_factor: bool = False
) -> tuple[str, datetime]:
    """A fresh token and when it expires. Earlier ones for the same purpose and user end. Only a hash of it is kept."""
    token, expires_at = secrets.token_urlsafe(32), now() + LASTS
    await repository.drop_links(tx, purpose, user_id)
    tx.add(
        OneTimeLink(
            token_hash=_hash(token),
            purpose=purpose,
            user_id=user_id,
            ends_second_factor=ends_second_factor,
            expires_at=expires_at,
        )
    )
    return token, expires_at


async def waiting(tx: AsyncSession, purpose: Purpose, token: str) -> OneTimeLink | None:
    """The link with that token, when it can still be used."""
    return await repository.link(tx, purpose, _hash(token), now())


async def use(tx: AsyncSession, purpose: Purpose, token: str) -> bool:
    """Takes the link away; False when it was used, has expired or never was. One of two at once gets True."""
    return await repository.take_link(tx, purpose, _hash(token), now())


def address(base_url: str, purpose: Purpose, token: str) -> str:
    """What a person opens."""
    return f"{base_url.rstrip('/')}/{purpose}?{urlencode({'token': token})}"


def _hash(token: str) -> str:
    """Plain SHA-256 will do: a token has 256 bits that nobody chose, so there is nothing to guess."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
