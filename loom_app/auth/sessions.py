"""From what a request carries to who sent it."""

from fastapi import Request
from starlette.requests import cookie_parser

from loom_app.auth import repository, tokens
from loom_app.auth.permissions import permissions_of
from loom_app.kernel.actor import Actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unauthenticated

COOKIE = "loom_session"


async def actor_of(request: Request) -> Actor:
    """Who sent `request`: its Authorization header decides, and only without one the session cookie.

    Raises Unauthenticated for nobody, and for a token that is not ours, over, or of a user who may no longer come in.
    """
    state = request.app.state
    header = request.headers.get("authorization")
    token = request.cookies.get(COOKIE) if header is None else _bearer(header)
    if not token:
        raise Unauthenticated(
            "Nobody is signed in. Get a token with POST /api/v1/auth/login and send it as 'Authorization: Bearer …'.",
            code="not_signed_in",
        )
    return await actor_of_token(state.db, state.vault, token)


async def actor_from_cookie_header(db: Database, vault: Vault, cookie_header: str) -> Actor | None:
    """Who a browser's Cookie header stands for; None when nobody is signed in there."""
    token = cookie_parser(cookie_header).get(COOKIE)
    if not token:
        return None
    try:
        return await actor_of_token(db, vault, token)
    except Unauthenticated:
        return None


async def actor_of_token(db: Database, vault: Vault, token: str) -> Actor:
    """Whose session `token` is, with the permissions their role has now. Raises Unauthenticated."""
    claims = tokens.read(vault, token)
    async with db.read() as tx:
        row = await repository.session_row(tx, claims.user_id)
    if row is None or not row.is_active or row.version != claims.version:
        raise tokens.session_over()
    return Actor("user", claims.user_id, row.username, permissions_of(row.role))


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("The Authorization header must read 'Bearer' and a token.", code="not_signed_in")
    return token.strip()
