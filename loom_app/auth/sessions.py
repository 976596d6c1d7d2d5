"""From what a request carries to who sent it."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import cookie_parser

from loom_app.auth import api_keys, repository, tokens
from loom_app.auth.models import RevokedToken, User
from loom_app.auth.permissions import permissions_of
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import DEVELOPER, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.errors import LoomError, Unauthenticated
from loom_app.kernel.keyring import Keyring

COOKIE = "loom_session"
SECURE_COOKIE = f"__Host-{COOKIE}"
KEPT = timedelta(days=7)
"""How long a token that was revoked is known after its end: a clock that ran ahead for days may be put back."""


def cookie_name(settings: Settings) -> str:
    """The session cookie's name. Over https it is one that browsers bind to this host and to encrypted answers."""
    return SECURE_COOKIE if settings.is_https else COOKIE


async def actor_of(request: Request) -> Actor:
    """Who sent `request`: X-API-Key or the Authorization header decide, and only without them the session cookie.

    Raises Unauthenticated for nobody, and for a token or key that is not ours, over, or of a user who may no longer
    come in.
    """
    if not request.app.state.settings.auth.enabled:
        return DEVELOPER
    keys: Keyring = request.app.state.keys
    api_key = request.headers.get("x-api-key")
    given = presented_token(request) if api_key is None else api_key
    if not given:
        raise Unauthenticated(
            "Nobody is signed in. Get a token with POST /api/v1/auth/login and send it as 'Authorization: Bearer …'.",
            code="not_signed_in",
        )
    in_a_header = api_key is not None or "authorization" in request.headers
    if api_key is not None or (in_a_header and given.startswith(api_keys.PREFIX)):
        return await api_keys.actor_of_key(keys, given)
    return await actor_of_token(keys, given)


def presented_token(request: Request) -> str:
    """The token of the Authorization header, or without one of the session cookie; empty for none."""
    header = request.headers.get("authorization")
    if header is not None:
        return _bearer(header)
    return request.cookies.get(cookie_name(request.app.state.settings), "")


async def actor_from_cookie_header(keys: Keyring, settings: Settings, cookie_header: str) -> Actor | None:
    """Who a browser's Cookie header stands for; None when nobody is signed in there."""
    if not settings.auth.enabled:
        return DEVELOPER
    token = cookie_parser(cookie_header).get(cookie_name(settings))
    if not token:
        return None
    try:
        return await actor_of_token(keys, token)
    except Unauthenticated:
        return None


async def actor_of_token(keys: Keyring, token: str) -> Actor:
    """Whose session `token` is, with the permissions and projects they have now. Raises Unauthenticated."""
    claims = await tokens.read(keys, token)
    rows = await repository.session_rows(keys.db, claims.user_id, claims.token_id, claims.key_id)
    if not rows or not _holds(rows[0], claims.version, now()):
        raise tokens.session_over()
    row = rows[0]
    return Actor("user", claims.user_id, row.username, permissions_of(row.role), repository.projects_seen(rows))


async def end(tx: AsyncSession, keys: Keyring, token: str) -> Actor | None:
    """Ends the session of `token` and says whose it was; None when it was none of ours or had ended before."""
    try:
        claims, whose = await tokens.read(keys, token), await actor_of_token(keys, token)
    except LoomError:
        return None
    if not await revoke(tx, claims):
        return None
    append(tx, "session.ended", actor=whose, subject_id=claims.user_id, data={"username": whose.name})
    return whose


async def renew(keys: Keyring, token: str) -> tuple[User, datetime]:
    """Ends the session of `token` and says for whom, signed in since when, a new one may be given.

    Raises Unauthenticated for a token that does not hold, and for sessions older than RENEWABLE_FOR. Of two at once
    with the same token one is refused.
    """
    claims = await tokens.read(keys, token)
    await actor_of_token(keys, token)
    if now() - claims.signed_in_at > tokens.RENEWABLE_FOR:
        raise tokens.session_over()
    async with keys.db.write() as tx:
        user = await repository.by_id(tx, claims.user_id, to_change=True)
        if user is None or user.version != claims.version or not user.is_active or not await revoke(tx, claims):
            raise tokens.session_over()
    return user, claims.signed_in_at


async def revoke(tx: AsyncSession, claims: tokens.Claims) -> bool:
    """Has the token believed no more; False when it was revoked before. Of two at once one gets True."""
    await repository.drop_revoked(tx, now() - KEPT)
    row = RevokedToken(token_id=claims.token_id, user_id=claims.user_id, expires_at=claims.expires_at)
    return await repository.add_revoked(tx, row)


def _holds(row: Any, version: int, moment: datetime) -> bool:
    """Whether the user is still let in, at that version, by a token neither revoked nor of a key that has ended."""
    return (
        row.is_active
        and row.version == version
        and row.revoked is None
        and (row.key_ends_at is None or row.key_ends_at > moment)
    )


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("The Authorization header must read 'Bearer' and a token.", code="not_signed_in")
    return token.strip()
