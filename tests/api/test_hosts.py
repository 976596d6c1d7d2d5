"""Requests for names that are not ours are answered with a refusal: a foreign name may have been made to lead here."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.api.app import create_api
from loom_app.config import Api, Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.support import people

HEALTH = "/api/v1/health"
FOREIGN = [
    "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example",
    "evil.example#127.0.0.1", "localhost:8080:80", "localhost:x", "[::1", "[::1]evil", "", " ", "0x7f.1", "2130706433",
    "evil.example\\localhost", "localhost, evil.example", "127.1", "::1", "10.0.0.7", "[2001:db8::1]",
]  # fmt: skip
OURS = ["localhost", "localhost:9000", "LOCALHOST:8080", "localhost.", "127.0.0.1", "127.0.0.1:65535", "[::1]:8080"]


async def ask(app: FastAPI, host: str, path: str = HEALTH) -> Response:
    """GET `path` of the machine that is called `host`."""
    async with people.browser(app, Host=host) as http:
        return await http.get(path)


def served(settings: Settings, db: Database, vault: Vault, **api: Any) -> FastAPI:
    """The application with these settings of where it is reached."""
    return create_api(settings.model_copy(update={"api": Api(**api)}), db, vault)


@pytest.mark.parametrize("path", [HEALTH, "/api/v1/beads", "/api/v1/events/stream", "/", "/api/docs"])
async def test_foreign_names_are_refused_everywhere(app: FastAPI, path: str) -> None:
    for host in FOREIGN:
        answer = await ask(app, host, path)
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host"), host
        assert answer.headers["content-type"] == "application/problem+json"
        assert "LOOM_API__ALLOWED_HOSTS" in answer.json()["error"]


async def test_loopback_is_ours_whatever_the_port(app: FastAPI) -> None:
    for host in OURS:
        assert (await ask(app, host)).status_code == 200, host


async def test_a_host_named_twice_is_refused(app: FastAPI) -> None:
    async with people.browser(app) as http:
        answer = await http.get(HEALTH, headers=[("Host", "localhost"), ("Host", "evil.example")])
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


async def test_forwarded_names_are_not_believed(app: FastAPI) -> None:
    async with people.browser(app, Host="evil.example") as http:
        answer = await http.get(HEALTH, headers={"X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"})
    assert answer.status_code == 400


async def test_names_of_the_settings_are_ours(settings: Settings, db: Database, vault: Vault) -> None:
    app = served(settings, db, vault, public_url="https://Loom.example:8443/", allowed_hosts=["loom.lan", "[fd00::5]"])
    for host in ("loom.example", "loom.example:8443", "LOOM.lan:8080", "[fd00::5]:8080", "localhost"):
        assert (await ask(app, host)).status_code == 200, host
    for host in ("example", "sub.loom.lan", "loom.lan.evil.example"):
        assert (await ask(app, host)).status_code == 400, host


async def test_who_listens_everywhere_is_reached_by_any_address_but_no_other_name(
    settings: Settings, db: Database, vault: Vault
) -> None:
    app = served(settings, db, vault, host="0.0.0.0")
    for host in ("192.168.1.7:9000", "[2001:db8::1]:8080", "localhost:9000"):
        assert (await ask(app, host)).status_code == 200, host
    assert (await ask(app, "loom:8080")).status_code == 400


async def test_who_listens_at_one_address_is_reached_by_it(settings: Settings, db: Database, vault: Vault) -> None:
    app = served(settings, db, vault, host="192.168.1.7")
    assert (await ask(app, "192.168.1.7:8080")).status_code == 200
    assert (await ask(app, "192.168.1.8:8080")).status_code == 400


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
async def test_balancers_call_the_machine_as_they_please(app: FastAPI, path: str) -> None:
    assert (await ask(app, "pod-7.internal", path)).status_code == 200
    assert (await ask(app, "pod-7.internal", f"{path}/../../api/v1/beads")).status_code == 400


async def test_the_refusal_does_not_repeat_a_whole_book(app: FastAPI, anonymous: AsyncClient) -> None:
    answer = await ask(app, "x" * 5_000)
    assert answer.status_code == 400
    assert len(answer.text) < 1_500
