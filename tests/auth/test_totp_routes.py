"""One's own second factor over HTTP."""

from collections.abc import AsyncIterator
from xml.etree import ElementTree

import pyotp
import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.auth import passwords, second_factor, tokens
from loom_app.auth.models import User
from loom_app.kernel.database import Database
from tests.support.authenticator import Authenticator
from tests.support.people import browser, person

PASSWORD = "four plain words here"
TOTP = "/api/v1/auth/totp"


@pytest.fixture
async def alice(db: Database) -> User:
    return await person(db, "user", "alice", await passwords.hashed(PASSWORD))


@pytest.fixture
async def http(app: FastAPI, alice: User) -> AsyncIterator[AsyncClient]:
    """Alice, signed in."""
    async with browser(app, Authorization=f"Bearer {await tokens.issue(app.state.keys, alice)}") as client:
        yield client


@pytest.fixture
async def phone(http: AsyncClient, alice: User, monkeypatch: pytest.MonkeyPatch) -> Authenticator:
    """Alice's app after she turned the second factor on."""
    offered = await http.post(f"{TOTP}/setup", json={"current_password": PASSWORD})
    app = Authenticator(alice.id, offered.json()["secret"])
    monkeypatch.setattr(second_factor, "now", lambda: app.now)
    app.recovery_codes = (await http.post(f"{TOTP}/confirm", json={"code": app.code()})).json()["recovery_codes"]
    app.wait(90)
    return app


def problem(answer: Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_what_is_offered_fits_every_app(http: AsyncClient) -> None:
    offered = await http.post(f"{TOTP}/setup", json={"current_password": PASSWORD})
    assert offered.status_code == 200
    assert offered.headers["cache-control"] == "no-store"
    body = offered.json()
    app = pyotp.parse_uri(body["uri"])
    assert (app.secret, app.name, app.issuer) == (body["secret"], "alice", "Loom")
    assert len(body["secret"]) == 32
    assert ElementTree.fromstring(body["qr_svg"]).tag.endswith("svg")
    assert "script" not in body["qr_svg"]


async def test_it_counts_only_once_a_code_was_confirmed(http: AsyncClient, anonymous: AsyncClient) -> None:
    problem(await http.post(f"{TOTP}/setup", json={"current_password": "wrong"}), 403, "current_password_wrong")
    problem(await http.post(f"{TOTP}/confirm", json={"code": "123456"}), 409, "totp_not_offered")
    earlier = (await http.post(f"{TOTP}/setup", json={"current_password": PASSWORD})).json()["secret"]
    secret = (await http.post(f"{TOTP}/setup", json={"current_password": PASSWORD})).json()["secret"]
    for wrong in ("", "000000", pyotp.TOTP(earlier).now()):
        problem(await http.post(f"{TOTP}/confirm", json={"code": wrong}), 403, "code_refused")
    said = {"username": "alice", "password": PASSWORD}
    assert (await anonymous.post("/api/v1/auth/login", json=said)).json()["user"]["totp_enabled"] is False
    on = await http.post(f"{TOTP}/confirm", json={"code": pyotp.TOTP(secret).now()})
    assert on.headers["cache-control"] == "no-store"
    assert len(set(on.json()["recovery_codes"])) == 10
    problem(await anonymous.post("/api/v1/auth/login", json=said), 401, "second_factor_required")
    me = (await http.get("/api/v1/auth/me")).json()
    assert (me["totp_enabled"], me["recovery_codes_left"]) == (True, 10)


async def test_signing_in_with_a_code(anonymous: AsyncClient, phone: Authenticator) -> None:
    said = {"username": "alice", "password": PASSWORD}
    problem(await anonymous.post("/api/v1/auth/login", json={**said, "code": "000000"}), 401, "sign_in_refused")
    answer = await anonymous.post("/api/v1/auth/login", json={**said, "code": phone.code()})
    assert answer.status_code == 200
    answer = await anonymous.post("/api/v1/auth/login", json={**said, "code": phone.recovery_codes[3]})
    assert answer.json()["user"]["last_sign_in_at"] is not None
    assert (await anonymous.get("/api/v1/auth/me")).json()["recovery_codes_left"] == 9


async def test_it_is_set_up_anew_only_after_it_was_turned_off(http: AsyncClient, phone: Authenticator) -> None:
    problem(await http.post(f"{TOTP}/setup", json={"current_password": PASSWORD}), 409, "second_factor_on")
    problem(await http.post(f"{TOTP}/confirm", json={"code": phone.code()}), 409, "second_factor_on")


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/recovery-codes")])
async def test_password_and_code_are_both_needed_to_be_rid_of_it(
    http: AsyncClient, phone: Authenticator, method: str, path: str
) -> None:
    async def send(**body: str) -> Response:
        return await http.request(method, TOTP + path, json=body)

    problem(await send(current_password=PASSWORD), 403, "second_factor_required")
    problem(await send(current_password=PASSWORD, code="000000"), 403, "code_refused")
    problem(await send(current_password="wrong", code=phone.code()), 403, "current_password_wrong")
    problem(await send(code=phone.code()), 422, "invalid_request")
    assert (await http.get("/api/v1/auth/me")).json()["recovery_codes_left"] == 10
    assert (await send(current_password=PASSWORD, code=phone.code())).status_code in (200, 204)


async def test_a_recovery_code_turns_it_off(http: AsyncClient, anonymous: AsyncClient, phone: Authenticator) -> None:
    body = {"current_password": PASSWORD, "code": phone.recovery_codes[0]}
    assert (await http.request("DELETE", TOTP, json=body)).status_code == 204
    problem(await http.request("DELETE", TOTP, json=body), 409, "second_factor_off")
    problem(await http.post(f"{TOTP}/recovery-codes", json=body), 409, "second_factor_off")
    said = {"username": "alice", "password": PASSWORD}
    assert (await anonymous.post("/api/v1/auth/login", json=said)).status_code == 200
    assert (await http.get("/api/v1/auth/me")).json()["recovery_codes_left"] == 0


async def test_new_recovery_codes_end_the_earlier_ones(
    http: AsyncClient, anonymous: AsyncClient, phone: Authenticator
) -> None:
    body = {"current_password": PASSWORD, "code": phone.recovery_codes[0]}
    renewed = (await http.post(f"{TOTP}/recovery-codes", json=body)).json()["recovery_codes"]
    assert len(set(renewed) | set(phone.recovery_codes)) == 20
    said = {"username": "alice", "password": PASSWORD}
    old = await anonymous.post("/api/v1/auth/login", json={**said, "code": phone.recovery_codes[1]})
    problem(old, 401, "sign_in_refused")
    assert (await anonymous.post("/api/v1/auth/login", json={**said, "code": renewed[0]})).status_code == 200


async def test_wrong_codes_are_slowed(http: AsyncClient, phone: Authenticator) -> None:
    body = {"current_password": PASSWORD, "code": "000000"}
    answers = [(await http.request("DELETE", TOTP, json=body)).status_code for _ in range(7)]
    assert answers == [403] * 5 + [429] * 2
