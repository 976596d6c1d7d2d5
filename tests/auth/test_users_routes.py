"""Accounts of others over HTTP."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.auth import passwords, tokens
from loom_app.auth.models import User
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.support.authenticator import Authenticator
from tests.support.people import browser, person, signed_in

PASSWORD, NEXT = "four plain words here", "some other plain words"
USERS = "/api/v1/auth/users"


@pytest.fixture
async def alice(db: Database) -> User:
    return await person(db, "user", "alice", await passwords.hashed(PASSWORD))


def problem(answer: Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_an_administrator_reads_changes_and_deletes(client: AsyncClient, alice: User) -> None:
    path = f"{USERS}/{alice.id}"
    assert (await client.get(path)).json()["last_sign_in_at"] is None
    changed = await client.patch(path, json={"email": "alice@example.org", "role": "viewer"})
    assert changed.status_code == 200
    assert (changed.json()["email"], changed.json()["role"]) == ("alice@example.org", "viewer")
    assert changed.json() == (await client.get(path)).json()
    assert (await client.patch(path, json={"is_active": False})).json()["is_active"] is False
    assert (await client.delete(path)).status_code == 204
    problem(await client.get(path), 404, "user_not_found")
    problem(await client.delete(path), 404, "user_not_found")


@pytest.mark.parametrize(
    "body",
    [{"role": "root"}, {"username": "x"}, {"password_hash": "x"}, {"is_active": "maybe"}, {"totp_enabled": False}, []],
)
async def test_what_cannot_be_changed_is_refused(client: AsyncClient, alice: User, body: Any) -> None:
    before = (await client.get(f"{USERS}/{alice.id}")).json()
    problem(await client.patch(f"{USERS}/{alice.id}", json=body), 422, "invalid_request")
    assert (await client.get(f"{USERS}/{alice.id}")).json() == before


async def test_nothing_asked_for_changes_nothing(client: AsyncClient, alice: User) -> None:
    before = (await client.get(f"{USERS}/{alice.id}")).json()
    for body in ({}, {"role": None, "email": None, "is_active": None}, {"role": "user", "is_active": True}):
        assert (await client.patch(f"{USERS}/{alice.id}", json=body)).json() == before


async def test_the_only_administrator_cannot_go_and_nobody_goes_by_accident(app: FastAPI, client: AsyncClient) -> None:
    me = (await client.get("/api/v1/auth/me")).json()["id"]
    for expected in ("last_administrator", "own_account"):
        problem(await client.patch(f"{USERS}/{me}", json={"role": "user"}), 409, expected)
        problem(await client.patch(f"{USERS}/{me}", json={"is_active": False}), 409, expected)
        problem(await client.delete(f"{USERS}/{me}"), 409, expected)
        await person(app.state.db, "admin", f"after-{expected}")


async def test_a_role_change_or_deactivation_counts_from_the_next_request(
    app: FastAPI, client: AsyncClient, alice: User
) -> None:
    path = f"{USERS}/{alice.id}"
    async with browser(app, Authorization=f"Bearer {await tokens.issue(app.state.keys, alice)}") as http:
        assert (await http.get("/api/v1/auth/me")).status_code == 200
        await client.patch(path, json={"role": "viewer"})
        problem(await http.get("/api/v1/auth/me"), 401, "session_invalid")
    async with browser(app) as http:
        said = {"username": "alice", "password": PASSWORD}
        assert (await http.post("/api/v1/auth/login", json=said)).json()["user"]["role"] == "viewer"
        await client.patch(path, json={"is_active": False})
        problem(await http.get("/api/v1/auth/me"), 401, "session_invalid")
        problem(await http.post("/api/v1/auth/login", json=said), 401, "sign_in_refused")
        await client.patch(path, json={"is_active": True})
        assert (await http.post("/api/v1/auth/login", json=said)).status_code == 200


async def test_a_reset_link_over_http(
    app: FastAPI, db: Database, vault: Vault, client: AsyncClient, anonymous: AsyncClient, alice: User
) -> None:
    await Authenticator.of(db, vault, alice)
    made = await client.post(f"{USERS}/{alice.id}/reset", json={"second_factor": True})
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    start, _, token = made.json()["url"].partition("/reset?token=")
    assert start == app.state.settings.base_url
    done = await anonymous.post("/api/v1/auth/reset", json={"token": token, "new_password": NEXT})
    assert (done.status_code, done.json()) == (200, {"username": "alice"})
    assert "set-cookie" not in done.headers
    signed = await anonymous.post("/api/v1/auth/login", json={"username": "alice", "password": NEXT})
    assert signed.json()["user"]["totp_enabled"] is False
    again = await anonymous.post("/api/v1/auth/reset", json={"token": token, "new_password": PASSWORD})
    problem(again, 403, "reset_token_invalid")


async def test_a_reset_link_without_a_body_leaves_the_second_factor(
    db: Database, vault: Vault, client: AsyncClient, anonymous: AsyncClient, alice: User
) -> None:
    await Authenticator.of(db, vault, alice)
    token = (await client.post(f"{USERS}/{alice.id}/reset")).json()["url"].partition("token=")[2]
    await anonymous.post("/api/v1/auth/reset", json={"token": token, "new_password": NEXT})
    signed = await anonymous.post("/api/v1/auth/login", json={"username": "alice", "password": NEXT})
    problem(signed, 401, "second_factor_required")


async def test_only_administrators(app: FastAPI, alice: User) -> None:
    async with signed_in(app, "user", "bob") as bob:
        for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/reset")):
            body: dict[str, str] | None = {} if method in ("PATCH", "POST") else None
            problem(await bob.request(method, f"{USERS}/{alice.id}{path}", json=body), 403, "permission_missing")
