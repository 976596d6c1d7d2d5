"""People who use the application in tests: a client for each, signed in without the cost of a real password."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from loom_app.auth import memberships, service, tokens
from loom_app.auth.door import Door
from loom_app.auth.memberships import MemberRole
from loom_app.auth.models import User
from loom_app.auth.throttle import Throttle
from loom_app.events.repository import newest
from loom_app.events.visibility import EVERYTHING
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database

NO_PASSWORD = "no password fits this"


def browser(app: FastAPI, **headers: str) -> AsyncClient:
    """A client that talks to `app` in this process and keeps cookies."""
    return AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1:8080", headers=headers)


async def person(db: Database, role: str, username: str = "", password_hash: str = NO_PASSWORD) -> User:
    """A new user of `role`, called like the role unless named."""
    async with db.write() as tx:
        return await service.create_user(tx, username=username or role, role=role, password_hash=password_hash)


async def events(db: Database, user_id: str) -> list[str]:
    """The types of what happened to a user, oldest first."""
    async with db.read() as tx:
        found = await newest(tx, EVERYTHING, limit=50, subject_id=user_id)
    return [event.type for event in reversed(found)]


def door(db: Database, vault: Vault | None = None, throttle: Throttle | None = None, address: str = "10.0.0.1") -> Door:
    """The way in, with nobody slowed down yet."""
    return Door(db, vault or Vault(b"a master key of the test"), throttle or Throttle(), address)


async def member(db: Database, username: str, *project_ids: str, role: MemberRole = MemberRole.MEMBER) -> None:
    """Has the user see the projects."""
    async with db.write() as tx:
        for project_id in project_ids:
            await memberships.put(tx, project_id, username, role, actor=SYSTEM)


@asynccontextmanager
async def signed_in(
    app: FastAPI, role: str, username: str = "", *, sees: Collection[str] = ()
) -> AsyncIterator[AsyncClient]:
    """A client of a new user of `role`, a member of the projects `sees`, whose token it sends."""
    user = await person(app.state.db, role, username)
    await member(app.state.db, user.username, *sees)
    async with browser(app, Authorization=f"Bearer {await tokens.issue(app.state.keys, user)}") as http:
        yield http
