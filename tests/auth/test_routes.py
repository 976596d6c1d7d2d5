"""Signing in and out over HTTP: answers, cookies, refusals."""

import asyncio
from http.cookies import SimpleCookie
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from loom_app.auth import accounts, passwords, service, sessions, setup, tokens
from loom_app.auth.models import User
from loom_app.auth.sessions import COOKIE, SECURE_COOKIE
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from tests.support.people import browser, person, signed_in

PASSWORD = "four plain words here"
NEXT = "some other plain words"


@pytest.fixture
async def alice(db: Database) -> User:
    return await person(db, "user", "alice", await passwords.hashed(PASSWORD))


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["code"], body["status"], body["error"]) == (code, status, body["detail"])
    return body


async def log_in(http: AsyncClient, password: str = PASSWORD, username: str = "alice") -> Response:
    return await http.post("/api/v1/auth/login", json={"username": username, "password": password})


async def test_login_gives_a_token_and_a_cookie_scripts_cannot_read(anonymous: AsyncClient, alice: User) -> None:
    answer = await log_in(anonymous)
    assert answer.status_code == 200
    body = answer.json()
    assert body["expires_in"] == 86_400
    assert set(body["user"]) == {
        "id",
        "username",
        "email",
        "role",
        "is_active",
        "created_at",
        "updated_at",
        "totp_enabled",
        "last_sign_in_at",
    }
    assert "argon2" not in answer.text
    cookie = SimpleCookie(answer.headers["set-cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    assert cookie["max-age"] == "86400"
    assert answer.headers["cache-control"] == "no-store"


async def test_cookie_is_secure_where_the_address_is_https(app: FastAPI, alice: User) -> None:
    api = app.state.settings.api.model_copy(update={"public_url": "https://loom.example"})
    app.state.settings = app.state.settings.model_copy(update={"api": api})
    async with browser(app) as http:
        assert SimpleCookie((await log_in(http)).headers["set-cookie"])[SECURE_COOKIE]["secure"] is True


async def test_token_and_cookie_each_sign_in(app: FastAPI, anonymous: AsyncClient, alice: User) -> None:
    token = (await log_in(anonymous)).json()["token"]
    by_cookie = await anonymous.get("/api/v1/auth/me")
    async with browser(app, Authorization=f"bearer {token}") as program:
        by_token = await program.get("/api/v1/auth/me")
    assert by_cookie.json() == by_token.json()
    assert by_token.json()["username"] == "alice"
    assert "beads:write" in by_token.json()["permissions"]


async def test_logout_takes_the_cookie_away(anonymous: AsyncClient, alice: User) -> None:
    await log_in(anonymous)
    assert (await anonymous.post("/api/v1/auth/logout")).status_code == 204
    problem(await anonymous.get("/api/v1/auth/me"), 401, "not_signed_in")


@pytest.mark.parametrize("header", ["Basic YWxpY2U6eA==", "Bearer", "Bearer ", "Bearer x.y.z", "token"])
async def test_a_bad_header_is_refused_even_beside_a_good_cookie(
    anonymous: AsyncClient, alice: User, header: str
) -> None:
    await log_in(anonymous)
    answer = await anonymous.get("/api/v1/auth/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_wrong_password_tells_nothing_and_sets_no_cookie(anonymous: AsyncClient, alice: User) -> None:
    wrong, unknown = await log_in(anonymous, "wrong"), await log_in(anonymous, username="bob")
    assert problem(wrong, 401, "sign_in_refused") == problem(unknown, 401, "sign_in_refused")
    assert "set-cookie" not in wrong.headers


async def test_guessing_is_slowed_with_retry_after(anonymous: AsyncClient, alice: User) -> None:
    answers = await asyncio.gather(*(log_in(anonymous, "wrong") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7
    slowed = next(answer for answer in answers if answer.status_code == 429)
    assert problem(slowed, 429, "too_many_attempts")["retry_after"] <= 1
    assert int(slowed.headers["retry-after"]) >= 1


async def test_guessing_from_many_addresses_of_one_ipv6_network_is_slowed(app: FastAPI, alice: User) -> None:
    answers = []
    for number in range(7):
        transport = ASGITransport(app, client=(f"2001:db8:1:2::{number}", 1))
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as http:
            answers.append((await log_in(http, "wrong")).status_code)
    assert answers == [401] * 5 + [429] * 2


@pytest.mark.parametrize(
    "body",
    [{}, {"username": "alice"}, {"username": 1, "password": 2}, {"username": "a", "password": "b", "admin": True}, [],
     {"username": "a" * 2_000, "password": "b"}],
)  # fmt: skip
async def test_malformed_bodies(anonymous: AsyncClient, body: Any) -> None:
    problem(await anonymous.post("/api/v1/auth/login", json=body), 422, "invalid_request")


async def test_refusal_of_a_body_does_not_repeat_the_password(anonymous: AsyncClient) -> None:
    answer = await anonymous.post("/api/v1/auth/login", json={"username": "alice", "password": ["hunter2-hunter2"]})
    assert "hunter2" not in answer.text


async def test_change_password_ends_other_sessions_and_goes_on_here(
    app: FastAPI, anonymous: AsyncClient, alice: User
) -> None:
    async with browser(app) as elsewhere:
        await log_in(elsewhere)
        await log_in(anonymous)
        change = {"current_password": PASSWORD, "new_password": NEXT}
        assert (await anonymous.post("/api/v1/auth/change-password", json=change)).status_code == 200
        assert (await anonymous.get("/api/v1/auth/me")).status_code == 200
        problem(await elsewhere.get("/api/v1/auth/me"), 401, "session_invalid")


async def test_change_password_refusals_change_nothing(anonymous: AsyncClient, alice: User) -> None:
    await log_in(anonymous)
    path = "/api/v1/auth/change-password"
    wrong = await anonymous.post(path, json={"current_password": "x", "new_password": NEXT})
    problem(wrong, 403, "current_password_wrong")
    weak = await anonymous.post(path, json={"current_password": PASSWORD, "new_password": "password1"})
    problem(weak, 400, "password_refused")
    assert (await anonymous.get("/api/v1/auth/me")).status_code == 200
    assert (await log_in(anonymous)).status_code == 200


async def test_deactivated_users_are_out_at_once(db: Database, anonymous: AsyncClient, alice: User) -> None:
    await log_in(anonymous)
    async with db.write() as tx:
        await accounts.change(tx, alice.id, is_active=False, actor=SYSTEM)
    problem(await anonymous.get("/api/v1/auth/me"), 401, "session_invalid")


async def test_set_up_over_http(db: Database, anonymous: AsyncClient) -> None:
    assert (await anonymous.get("/api/v1/auth/setup")).json() == {"needed": True}
    link = await setup.pending_link(db, "http://127.0.0.1:8080")
    assert link
    first = {"token": link.partition("token=")[2], "username": "root", "password": PASSWORD}
    problem(await anonymous.post("/api/v1/auth/setup", json={**first, "token": "x"}), 403, "setup_token_invalid")
    made = await anonymous.post("/api/v1/auth/setup", json=first)
    assert made.status_code == 201
    assert made.json()["user"]["role"] == "admin"
    assert (await anonymous.get("/api/v1/auth/users")).status_code == 200
    assert (await anonymous.get("/api/v1/auth/setup")).json() == {"needed": False}
    problem(await anonymous.post("/api/v1/auth/setup", json=first), 409, "setup_closed")


async def test_administrators_make_and_list_users(app: FastAPI, client: AsyncClient) -> None:
    body = {"username": "bob", "email": "bob@example.org", "role": "viewer", "password": PASSWORD}
    made = await client.post("/api/v1/auth/users", json=body)
    assert made.status_code == 201
    assert made.json()["email"] == "bob@example.org"
    listed = await client.get("/api/v1/auth/users", params={"limit": 1})
    assert [user["username"] for user in listed.json()] == ["admin"]
    assert listed.headers["x-total-count"] == "2"
    problem(await client.post("/api/v1/auth/users", json=body), 409, "username_taken")
    problem(await client.post("/api/v1/auth/users", json={**body, "role": "root"}), 422, "invalid_request")
    async with signed_in(app, "user") as user:
        problem(await user.get("/api/v1/auth/users"), 403, "permission_missing")


async def test_cookie_header_of_a_socket(app: FastAPI, db: Database, alice: User) -> None:
    token = await tokens.issue(app.state.keys, alice)
    actor = await sessions.actor_from_cookie_header(
        app.state.keys, app.state.settings, f"theme=dark; {COOKIE}={token}; x"
    )
    assert actor
    assert (actor.kind, actor.id, actor.name, actor.may("beads:write")) == ("user", alice.id, "alice", True)
    for header in ("", ";;;=", f"{COOKIE}=", f"{COOKIE}={token}x", "other=1"):
        assert await sessions.actor_from_cookie_header(app.state.keys, app.state.settings, header) is None


async def test_a_role_change_counts_from_the_next_request(db: Database, app: FastAPI, alice: User) -> None:
    async with browser(app, Authorization=f"Bearer {await tokens.issue(app.state.keys, alice)}") as http:
        assert (await http.get("/api/v1/auth/users")).status_code == 403
        async with db.write() as tx:
            (await service.get(tx, alice.id, to_change=True)).role = "admin"
        assert (await http.get("/api/v1/auth/users")).status_code == 200


async def test_a_user_without_a_password_comes_in_by_a_link_alone(client: AsyncClient, anonymous: AsyncClient) -> None:
    made = await client.post("/api/v1/auth/users", json={"username": "lena", "role": "user"})
    assert made.status_code == 201, made.text
    for guess in ("", "None", "null", "lena"):
        answer = await anonymous.post("/api/v1/auth/login", json={"username": "lena", "password": guess})
        assert answer.status_code == 401
    link = (await client.post(f"/api/v1/auth/users/{made.json()['id']}/reset")).json()["url"]
    body = {"token": link.partition("token=")[2], "new_password": "apple stone lamp"}
    assert (await anonymous.post("/api/v1/auth/reset", json=body)).status_code == 200
    come = await anonymous.post("/api/v1/auth/login", json={"username": "lena", "password": "apple stone lamp"})
    assert come.status_code == 200, come.text
