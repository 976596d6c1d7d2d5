"""API keys: shown once, never more than their owner may, refused with one sentence whatever is wrong."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlmodel import col

from loom_app.auth import accounts, api_keys, tokens
from loom_app.auth.models import ApiKey, User
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.ids import new_id
from loom_app.kernel.keyring import Keyring
from tests.support.people import browser, person, signed_in

WHERE = "/api/v1/auth/api-keys"


@pytest.fixture
async def alice(db: Database) -> User:
    return await person(db, "user", "alice")


async def as_user(app: FastAPI, user: User) -> AsyncClient:
    return browser(app, Authorization=f"Bearer {await tokens.issue(app.state.keys, user)}")


async def made(http: AsyncClient, *permissions: str, **more: Any) -> dict[str, Any]:
    answer = await http.post(WHERE, json={"name": "ci", "permissions": list(permissions) or ["beads:read"], **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def ask(app: FastAPI, key: str, path: str = "/api/v1/beads", method: str = "GET", **more: Any) -> Response:
    async with browser(app, **{"X-API-Key": key}) as http:
        return await http.request(method, path, **more)


async def test_a_key_is_shown_once_and_works_in_either_header(app: FastAPI, db: Database, alice: User) -> None:
    http = await as_user(app, alice)
    key = await made(http, "beads:read")
    assert api_keys.SHAPE.fullmatch(key["key"])
    assert (await ask(app, key["key"])).status_code == 200
    async with browser(app, Authorization=f"Bearer {key['key']}") as bearer:
        assert (await bearer.get("/api/v1/beads")).status_code == 200
    (listed,) = (await http.get(WHERE)).json()
    assert set(listed) == {
        "id", "name", "user_id", "username", "permissions", "created_at", "expires_at", "last_used_at",
    }  # fmt: skip
    async with db.read() as tx:
        kept = str((await tx.execute(text("SELECT * FROM api_keys"))).all())
        told = str((await tx.execute(text("SELECT * FROM events"))).all())
    secret = key["key"].removeprefix(api_keys.PREFIX)[api_keys.ID_LETTERS :]
    assert secret not in kept + told
    assert hashlib.sha256(key["key"].encode()).hexdigest() not in kept  # keyed, not merely hashed


async def test_a_key_does_what_it_says_and_no_more(app: FastAPI, alice: User) -> None:
    key = (await made(await as_user(app, alice), "beads:read"))["key"]
    assert (await ask(app, key, "/api/v1/projects")).status_code == 403
    refused = await ask(app, key, "/api/v1/beads", "POST", json={"title": "x", "project_id": "p"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")
    me = (await ask(app, key, "/api/v1/auth/me")).json()
    assert (me["username"], me["permissions"]) == ("alice", ["beads:read"])


@pytest.mark.parametrize("scope", ["beads:delete", "beads:*", "*:read", "*:*", "system:admin", "providers:admin"])
async def test_nobody_gives_a_key_what_they_do_not_have(app: FastAPI, alice: User, scope: str) -> None:
    answer = await (await as_user(app, alice)).post(WHERE, json={"name": "x", "permissions": [scope]})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_beyond_owner")


@pytest.mark.parametrize(
    "scope", ["", "beads", "beads:fly", "cats:read", "beads:read ", "*", "beads:read,*:*", "user:use"]
)
async def test_unknown_permissions_are_named(app: FastAPI, alice: User, scope: str) -> None:
    answer = await (await as_user(app, alice)).post(WHERE, json={"name": "x", "permissions": [scope]})
    assert (answer.status_code, answer.json()["code"]) == (400, "permission_unknown")
    assert "beads:read" in answer.json()["error"]


async def test_a_key_loses_what_its_owner_loses(app: FastAPI, db: Database, alice: User) -> None:
    key = (await made(await as_user(app, alice), "beads:read", "beads:write"))["key"]
    async with db.write() as tx:
        await tx.execute(update(User).where(col(User.id) == alice.id).values(role="viewer"))
    body = {"title": "x", "project_id": "p"}
    assert (await ask(app, key, method="POST", json=body)).status_code == 403
    assert (await ask(app, key)).status_code == 200
    async with db.write() as tx:
        await accounts.change(tx, alice.id, is_active=False, actor=SYSTEM)
    assert (await ask(app, key)).json()["code"] == "key_invalid"


async def test_a_key_cannot_make_keys_or_change_the_password(app: FastAPI, alice: User) -> None:
    key = (await made(await as_user(app, alice), "beads:read"))["key"]
    for method, path in (
        ("POST", WHERE),
        ("GET", WHERE),
        ("DELETE", f"{WHERE}/x"),
        ("POST", "/api/v1/auth/change-password"),
    ):
        answer = await ask(app, key, path, method)
        assert (answer.status_code, answer.json()["code"]) == (403, "session_needed"), path
    assert (await ask(app, key, "/api/v1/auth/refresh", "POST", json={"token": key})).status_code == 401


async def test_revoked_expired_and_mistyped_keys_get_one_answer(app: FastAPI, db: Database, alice: User) -> None:
    http = await as_user(app, alice)
    revoked, expired, good = [await made(http, expires_in=60) for _ in range(3)]
    assert (await http.delete(f"{WHERE}/{revoked['id']}")).status_code == 204
    async with db.write() as tx:
        await tx.execute(
            update(ApiKey).where(col(ApiKey.id) == expired["id"]).values(expires_at=now() - timedelta(seconds=1))
        )
    swapped = good["key"][:-1] + ("a" if good["key"][-1] != "a" else "b")
    other_secret = api_keys.PREFIX + good["id"] + "x" * api_keys.SECRET_LETTERS
    unknown = api_keys.new_key()
    checked = other_secret + api_keys._checksum(other_secret)
    answers = [
        await ask(app, key)
        for key in (revoked["key"], expired["key"], swapped, checked, unknown, "", "loom_live_", "x" * 70_000)
    ]
    assert {answer.status_code for answer in answers} == {401}
    said = {answer.json()["error"] for answer in answers if answer.json()["code"] == "key_invalid"}
    assert said == {api_keys.key_refused().message}
    assert (await ask(app, good["key"])).status_code == 200


@given(st.data())
def test_a_key_changed_anywhere_has_a_wrong_checksum(data: st.DataObject) -> None:
    key = api_keys.new_key()
    assert api_keys._parts(key)
    at = data.draw(st.integers(0, len(key) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != key[at]))
    assert not api_keys._parts(key[:at] + other + key[at + 1 :])


async def test_the_last_use_is_kept_to_the_minute(app: FastAPI, alice: User) -> None:
    http = await as_user(app, alice)
    key = await made(http)
    assert (await http.get(WHERE)).json()[0]["last_used_at"] is None
    await ask(app, key["key"])
    first = (await http.get(WHERE)).json()[0]["last_used_at"]
    assert first.endswith(":00Z")
    await ask(app, key["key"])
    assert (await http.get(WHERE)).json()[0]["last_used_at"] == first


@pytest.mark.parametrize("seconds", [0, -1, 10**12])
async def test_a_life_that_cannot_be_is_refused(app: FastAPI, alice: User, seconds: int) -> None:
    body = {"name": "x", "permissions": ["beads:read"], "expires_in": seconds}
    answer = await (await as_user(app, alice)).post(WHERE, json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "key_life_refused")


async def test_keys_of_others_are_not_there(app: FastAPI, db: Database, alice: User) -> None:
    key = await made(await as_user(app, alice))
    async with signed_in(app, "user", "bob") as bob:
        assert (await bob.get(WHERE)).json() == []
        assert (await bob.get(WHERE, params={"user_id": alice.id})).status_code == 403
        assert (
            await bob.post(WHERE, json={"name": "x", "permissions": ["beads:read"], "user_id": alice.id})
        ).status_code == 403
        hidden, nothing = await bob.delete(f"{WHERE}/{key['id']}"), await bob.delete(f"{WHERE}/nothing0")
    assert (
        (hidden.status_code, hidden.json()["code"])
        == (nothing.status_code, nothing.json()["code"])
        == (404, "key_not_found")
    )
    assert (await ask(app, key["key"])).status_code == 200


async def test_administrators_make_keys_for_services_and_revoke_anybodys(
    app: FastAPI, db: Database, client: AsyncClient, alice: User
) -> None:
    robot = await person(db, "service", "robot")
    key = await made(client, "beads:*", "projects:read", user_id=robot.id)
    assert (await ask(app, key["key"])).status_code == 200
    assert (await ask(app, key["key"], "/api/v1/agents")).status_code == 403
    theirs = await made(await as_user(app, alice))
    everybodys = (await client.get(WHERE, params={"user_id": "*"})).json()
    assert {each["username"] for each in everybodys} == {"robot", "alice"}
    assert (await client.delete(f"{WHERE}/{theirs['id']}")).status_code == 204
    assert (await ask(app, theirs["key"])).status_code == 401
    beyond = await client.post(WHERE, json={"name": "x", "permissions": ["system:admin"], "user_id": alice.id})
    assert beyond.json()["code"] == "permission_beyond_owner"


async def test_there_is_an_end_to_how_many_keys_one_has(app: FastAPI, db: Database, alice: User) -> None:
    async with db.write() as tx:
        for _ in range(api_keys.MOST_KEYS):
            tx.add(ApiKey(id=new_id("k"), user_id=alice.id, name="x", mac="", pepper_id="", created_by=alice.id))
    answer = await (await as_user(app, alice)).post(WHERE, json={"name": "x", "permissions": ["beads:read"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_keys")


async def test_a_key_that_the_present_master_key_cannot_check_is_refused_like_any_other(
    app: FastAPI, db: Database, alice: User
) -> None:
    key = (await made(await as_user(app, alice)))["key"]
    app.state.keys = Keyring(db, Vault(b"another master key altogether, quite long"))
    answer = await ask(app, key)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid")
