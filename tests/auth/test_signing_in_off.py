"""Signing in switched off, for development: everybody is an administrator, so nobody from elsewhere may get near."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app import greeting
from loom_app.api.app import create_api, running
from loom_app.auth import sessions
from loom_app.config import Auth, Settings, load
from loom_app.kernel.actor import DEVELOPER
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid
from tests.support.people import browser, person, signed_in


@pytest.fixture
async def opened(settings: Settings, db: Database, vault: Vault) -> AsyncIterator[FastAPI]:
    """The application with signing in switched off."""
    api = create_api(settings.model_copy(update={"auth": Auth(enabled=False)}), db, vault)
    async with running(api):
        yield api


@pytest.fixture
async def http(opened: FastAPI) -> AsyncIterator[AsyncClient]:
    async with browser(opened) as client:
        yield client


def given(tmp_path: Path, **environ: str) -> Settings:
    return load({"LOOM_CONFIG": str(tmp_path / "none.yaml"), "LOOM_AUTH__ENABLED": "false", **environ})


@pytest.fixture
def no_file(tmp_path: Path) -> Path:
    (tmp_path / "none.yaml").write_text("")
    return tmp_path


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_it_is_taken_on_loopback(no_file: Path, host: str) -> None:
    assert given(no_file, LOOM_API__HOST=host, LOOM_API__ALLOWED_ORIGINS="http://localhost:3000").auth.enabled is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOOM_API__HOST", "0.0.0.0"),
        ("LOOM_API__HOST", "::"),
        ("LOOM_API__HOST", "192.168.1.5"),
        ("LOOM_API__HOST", "loom.example"),
        ("LOOM_API__PUBLIC_URL", "https://loom.example"),
        ("LOOM_API__ALLOWED_HOSTS", "loom.lan"),
        ("LOOM_API__ALLOWED_ORIGINS", "https://board.example"),
        ("LOOM_API__TRUSTED_PROXIES", "127.0.0.1"),
    ],
)
def test_it_does_not_start_where_others_could_reach_it(no_file: Path, name: str, value: str) -> None:
    with pytest.raises(Invalid, match=r"auth\.enabled is false, which is for development on one machine"):
        given(no_file, **{name: value})


async def test_every_request_acts_as_an_administrator(http: AsyncClient) -> None:
    me = (await http.get("/api/v1/auth/me")).json()
    assert (me["username"], me["role"], me["permissions"], me["projects"]) == ("Development", "admin", ["*:*"], None)
    assert (await http.get("/api/v1/auth/users")).json() == []
    assert (await http.get("/api/v1/auth/me", headers={"Authorization": "Bearer nonsense"})).status_code == 200
    made = await http.post("/api/v1/beads", json={"project_id": "none", "title": "Weigh the flour"})
    assert made.status_code == 404


async def test_a_page_acts_as_an_administrator(opened: FastAPI) -> None:
    assert await sessions.actor_from_cookie_header(opened.state.keys, opened.state.settings, "") is DEVELOPER


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/change-password"), ("POST", "/totp/setup"), ("DELETE", "/totp"), ("POST", "/api-keys")],
)
async def test_there_is_no_account_of_ones_own(http: AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, f"/api/v1/auth{path}", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "authentication_off")


async def test_pages_of_other_sites_cannot_use_it_without_a_cookie(http: AsyncClient) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        for sent in (headers, headers | {"Authorization": "Bearer x"}):
            answer = await http.post("/api/v1/beads", json={}, headers=sent)
            assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")
    seen = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    assert (await http.get("/api/v1/beads", headers=seen)).status_code == 403
    assert (await http.get("/api/v1/beads", headers={"Host": "evil.example"})).status_code == 400


async def test_the_log_and_the_terminal_say_so(
    settings: Settings, db: Database, vault: Vault, capsys: pytest.CaptureFixture[str]
) -> None:
    off = settings.model_copy(update={"auth": Auth(enabled=False)})
    create_api(off, db, vault)
    assert "signing in is switched off" in capsys.readouterr().out
    assert greeting.OPEN in await greeting.lines(db, off)
    assert greeting.OPEN not in await greeting.lines(db, settings)


async def test_it_is_on_unless_switched_off(app: FastAPI, anonymous: AsyncClient) -> None:
    assert (await anonymous.get("/api/v1/auth/users")).status_code == 401
    await person(app.state.db, "viewer", "someone")
    async with signed_in(app, "viewer") as viewer:
        assert (await viewer.get("/api/v1/auth/users")).status_code == 403
