"""Sessions end when they should: by signing out, renewal, a changed user, a rotated key; and not before."""

import asyncio
from datetime import timedelta

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import select

from loom_app.auth import accounts, sessions, tokens
from loom_app.auth.models import ProjectMember, RevokedToken, User
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Unauthenticated
from loom_app.kernel.keyring import Keyring
from tests.support import rows
from tests.support.people import browser, person

LONG_AGO = timedelta(days=8)


@pytest.fixture
async def alice(db: Database) -> User:
    return await person(db, "user", "alice")


@pytest.fixture
def keys(app: FastAPI) -> Keyring:
    found: Keyring = app.state.keys
    return found


async def status(app: FastAPI, token: str) -> int:
    async with browser(app, Authorization=f"Bearer {token}") as http:
        return (await http.get("/api/v1/auth/me")).status_code


async def test_signing_out_ends_the_token_that_was_sent_and_no_other(app: FastAPI, keys: Keyring, alice: User) -> None:
    here, elsewhere = await tokens.issue(keys, alice), await tokens.issue(keys, alice)
    async with browser(app, Authorization=f"Bearer {here}") as http:
        assert (await http.post("/api/v1/auth/logout")).status_code == 204
        assert (await http.post("/api/v1/auth/logout")).status_code == 204
    assert (await status(app, here), await status(app, elsewhere)) == (401, 200)


async def test_signing_out_ends_the_cookie_not_only_in_this_browser(app: FastAPI, keys: Keyring, alice: User) -> None:
    token = await tokens.issue(keys, alice)
    async with browser(app, Cookie=f"{sessions.COOKIE}={token}") as http:
        assert (await http.post("/api/v1/auth/logout")).status_code == 204
    assert await sessions.actor_from_cookie_header(keys, app.state.settings, f"{sessions.COOKIE}={token}") is None


async def test_signing_out_without_a_session_is_no_error(anonymous: AsyncClient) -> None:
    assert (await anonymous.post("/api/v1/auth/logout")).status_code == 204


async def test_renewal_gives_a_new_token_and_ends_the_old(app: FastAPI, keys: Keyring, alice: User) -> None:
    old = await tokens.issue(keys, alice)
    async with browser(app) as http:
        answer = await http.post("/api/v1/auth/refresh", json={"token": old})
    assert answer.status_code == 200, answer.text
    new = answer.json()["token"]
    assert (await status(app, old), await status(app, new)) == (401, 200)
    async with browser(app) as http:
        assert (await http.post("/api/v1/auth/refresh", json={"token": old})).status_code == 401


async def test_renewal_takes_the_token_where_it_is_sent(app: FastAPI, keys: Keyring, alice: User) -> None:
    async with browser(app, Authorization=f"Bearer {await tokens.issue(keys, alice)}") as http:
        assert (await http.post("/api/v1/auth/refresh")).status_code == 200
    async with browser(app, Cookie=f"{sessions.COOKIE}={await tokens.issue(keys, alice)}") as http:
        answer = await http.post("/api/v1/auth/refresh", json={})
        assert sessions.COOKIE in answer.headers["set-cookie"]


async def test_of_two_renewals_at_once_one_is_refused(app: FastAPI, keys: Keyring, alice: User) -> None:
    token = await tokens.issue(keys, alice)
    results = await asyncio.gather(*(sessions.renew(keys, token) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, Unauthenticated) for result in results) == 3


async def test_renewal_keeps_when_one_signed_in_and_stops_after_a_week(keys: Keyring, alice: User) -> None:
    began = now() - timedelta(days=6)
    _, kept = await sessions.renew(keys, await tokens.issue(keys, alice, signed_in_at=began))
    assert abs(kept - began) < timedelta(seconds=2)
    with pytest.raises(Unauthenticated):
        await sessions.renew(keys, await tokens.issue(keys, alice, signed_in_at=now() - LONG_AGO))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "loom_live_" + "0" * 46])
async def test_nothing_comes_from_renewing_what_is_no_session(app: FastAPI, token: str) -> None:
    async with browser(app) as http:
        answer = await http.post("/api/v1/auth/refresh", json={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_a_deactivated_user_has_no_session_left(app: FastAPI, db: Database, keys: Keyring, alice: User) -> None:
    token = await tokens.issue(keys, alice)
    async with db.write() as tx:
        await accounts.change(tx, alice.id, is_active=False, actor=SYSTEM)
    assert await status(app, token) == 401


async def test_rotating_the_key_lets_sessions_run_out_or_ends_them_at_once(
    app: FastAPI, db: Database, keys: Keyring, alice: User
) -> None:
    token = await tokens.issue(keys, alice)
    async with db.write() as tx:
        await keys.rotate(tx, tokens.PURPOSE, tokens.LIFETIME)
    newer = await tokens.issue(keys, alice)
    assert (await status(app, token), await status(app, newer)) == (200, 200)
    async with db.write() as tx:
        await keys.rotate(tx, tokens.PURPOSE, timedelta(0))
    assert (await status(app, token), await status(app, newer)) == (401, 401)


async def test_a_key_for_another_purpose_signs_no_session(app: FastAPI, keys: Keyring, alice: User) -> None:
    forged = tokens.encoded(await keys.current("api-key"), alice)
    assert await status(app, forged) == 401


async def test_revoked_tokens_are_forgotten_once_they_would_have_ended(
    db: Database, keys: Keyring, alice: User
) -> None:
    claims = await tokens.read(keys, await tokens.issue(keys, alice))
    async with db.write() as tx:
        await sessions.revoke(tx, tokens.Claims(alice.id, 1, "tok-old", "k", now() - timedelta(days=8), now()))
        await sessions.revoke(tx, claims)
    async with db.read() as tx:
        kept = await tx.execute(select(RevokedToken))
        assert [row.token_id for row in kept.scalars()] == [claims.token_id]


async def test_people_see_their_projects_and_administrators_all(
    app: FastAPI, db: Database, keys: Keyring, alice: User
) -> None:
    await rows.project(db, project_id="seen")
    await rows.project(db, project_id="hidden")
    async with db.write() as tx:
        tx.add(ProjectMember(user_id=alice.id, project_id="seen"))
    actor = await sessions.actor_of_token(keys, await tokens.issue(keys, alice))
    assert actor.projects == frozenset({"seen"})
    assert (actor.sees("seen"), actor.sees("hidden"), actor.sees(None)) == (True, False, False)
    admin = await person(db, "admin", "root")
    assert (await sessions.actor_of_token(keys, await tokens.issue(keys, admin))).projects is None
    nobody = await person(db, "viewer", "guest")
    assert (await sessions.actor_of_token(keys, await tokens.issue(keys, nobody))).projects == frozenset()
