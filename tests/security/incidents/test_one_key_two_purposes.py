"""One key served two purposes, so that one kind of token could be made into another (CVE-2026-114612, 9.9).

Here every purpose has a key of its own, and every door takes only the kind that was made for it.
"""

import itertools

import jwt
import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.auth import api_keys, links, tokens
from loom_app.auth.links import Purpose
from loom_app.auth.models import User
from loom_app.auth.sessions import COOKIE
from loom_app.kernel.crypto import SecretUnreadable, Vault
from loom_app.kernel.keyring import Keyring
from tests.support.people import browser
from tests.support.world import World

PASSWORD = "a stranger to every list 9"
DOORS = ("bearer", "api key", "cookie", "refresh", "setup", "reset", "login")
OPENS = {
    "session": {"bearer", "cookie", "refresh"},
    "api key": {"bearer", "api key"},
    "reset": {"reset"},
    "setup": set(),
}
"""Which doors each kind opens; the set-up link none, since there is a user."""


async def knock(http: AsyncClient, door: str, secret: str) -> Response:
    """`secret` shown at a door."""
    if door == "setup":
        return await http.post("/api/v1/auth/setup", json={"token": secret, "username": "eve", "password": PASSWORD})
    if door == "reset":
        return await http.post("/api/v1/auth/reset", json={"token": secret, "new_password": PASSWORD})
    if door == "refresh":
        return await http.post("/api/v1/auth/refresh", json={"token": secret})
    if door == "login":
        return await http.post("/api/v1/auth/login", json={"username": "user", "password": secret})
    headers = {"bearer": {"Authorization": f"Bearer {secret}"}, "api key": {"X-API-Key": secret}}
    return await http.get("/api/v1/auth/me", headers=headers.get(door, {"Cookie": f"{COOKIE}={secret}"}))


@pytest.fixture
async def secrets(app: FastAPI, seeded: World) -> dict[str, str]:
    """One secret of each kind, each of them good."""
    async with app.state.db.write() as tx:
        setup, _ = await links.make(tx, Purpose.SETUP)
        reset, _ = await links.make(tx, Purpose.RESET, user_id=seeded.users["viewer"])
    session = seeded.headers["user"]["Authorization"].removeprefix("Bearer ")
    return {"session": session, "api key": seeded.headers["key"]["X-API-Key"], "reset": reset, "setup": setup}


@pytest.mark.parametrize("door", DOORS)
async def test_each_door_takes_its_own_kind_alone(app: FastAPI, secrets: dict[str, str], door: str) -> None:
    for kind, secret in secrets.items():
        async with browser(app) as http:
            answer = await knock(http, door, secret)
        assert answer.is_success == (door in OPENS[kind]), f"{kind} at {door}: {answer.status_code} {answer.text}"


async def test_a_session_signed_with_the_key_of_another_purpose_is_none(app: FastAPI, seeded: World) -> None:
    keys: Keyring = app.state.keys
    async with keys.db.read() as tx:
        user = await tx.get_one(User, seeded.users["admin"])
    pepper, signer = await keys.current(api_keys.PURPOSE), await keys.current(tokens.PURPOSE)
    good = tokens.encoded(signer, user)
    claims = jwt.decode(good, options={"verify_signature": False})
    forged = [
        tokens.encoded(pepper, user),
        jwt.encode(claims, pepper.secret, headers={"kid": signer.id}),
        jwt.encode(claims, signer.secret, headers={"kid": pepper.id}),
        jwt.encode(claims, signer.secret * 2, algorithm="HS512", headers={"kid": signer.id}),
        jwt.encode(claims, "", algorithm="none", headers={"kid": signer.id}),
        jwt.encode({**claims, "aud": "another"}, signer.secret, headers={"kid": signer.id}),
        jwt.encode({**claims, "iss": "another"}, signer.secret, headers={"kid": signer.id}),
        jwt.encode(claims, signer.secret, headers={"kid": f"{signer.id}' OR 1=1 --"}),
        jwt.encode(claims, signer.secret, headers={"jku": "https://evil.example/keys"}),
        good[:-2] + ("AA" if good[-2:] != "AA" else "BB"),
    ]
    async with browser(app) as http:
        assert (await knock(http, "bearer", good)).status_code == 200
        answers = [await knock(http, "bearer", token) for token in forged]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "session_invalid")}


async def test_the_keys_of_all_purposes_differ(app: FastAPI) -> None:
    keys: Keyring = app.state.keys
    made = [await keys.current(purpose) for purpose in (tokens.PURPOSE, api_keys.PURPOSE, "webhook")]
    assert len({key.secret for key in made}) == len(made)
    for key, other in itertools.permutations(made, 2):
        assert await keys.known(key.id, other.purpose) is None


def test_what_is_sealed_for_one_purpose_opens_for_no_other() -> None:
    vault = Vault(b"a master key of the test")
    purposes = ("keyring", "provider-key", "totp", "webhook")
    for sealed_for, opened_for in itertools.permutations(purposes, 2):
        box = vault.seal("secret", purpose=sealed_for, subject="row")
        with pytest.raises(SecretUnreadable):
            vault.unseal(box, purpose=opened_for, subject="row")
