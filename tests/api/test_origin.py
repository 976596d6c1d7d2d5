"""What browsers send must come from our own pages; pages elsewhere may only lead people here."""

from itertools import product

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.api.app import create_api
from loom_app.auth.sessions import COOKIE
from loom_app.config import Api, Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from tests.support import people

BEARING = {"Cookie": f"{COOKIE}=whatever"}
OWN = "http://127.0.0.1:8080"
PARTNER = "https://board.example:8443"
FOREIGN = [
    "http://evil.example",
    "http://[",
    "127.0.0.1:8080",
    "null",
    f"{OWN}.evil.example",
    "http://127.0.0.1:8081",
    "",
    "https://127.0.0.1:80800",
]


async def test_writes_from_elsewhere_are_refused_with_and_without_the_cookie(anonymous: AsyncClient) -> None:
    for origin, cookie in product(FOREIGN, (BEARING, {})):
        answer = await anonymous.post("/api/v1/auth/logout", headers=cookie | {"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), origin


async def test_nobody_is_signed_in_from_elsewhere(anonymous: AsyncClient) -> None:
    guess = {"username": "admin", "password": "of the attacker"}
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await anonymous.post("/api/v1/auth/login", json=guess, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


async def test_our_own_pages_write(anonymous: AsyncClient) -> None:
    for headers in ({"Origin": OWN}, {}, {"Sec-Fetch-Site": "same-origin"}):
        assert (await anonymous.post("/api/v1/auth/logout", headers=BEARING | headers)).status_code == 204


async def test_pages_elsewhere_load_nothing_with_the_cookie(anonymous: AsyncClient) -> None:
    kinds = (("no-cors", "image"), ("cors", "empty"), ("navigate", "iframe"), ("no-cors", "script"))
    for path, site, (mode, dest) in product(
        ("/api/v1/beads", "/api/v1/events/stream"), ("cross-site", "same-site"), kinds
    ):
        seen = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        answer = await anonymous.get(path, headers=BEARING | seen)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin"), (path, site, mode)


async def test_links_from_elsewhere_lead_here(anonymous: AsyncClient) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = await anonymous.get("/api/v1/health", headers=BEARING | followed)
    assert answer.status_code == 200


@pytest.fixture
def partnered(settings: Settings, db: Database, vault: Vault) -> FastAPI:
    """The application with one further origin that is trusted."""
    return create_api(settings.model_copy(update={"api": Api(allowed_origins=[PARTNER])}), db, vault)


async def test_listed_origins_are_granted_and_no_other(partnered: FastAPI) -> None:
    async with people.browser(partnered) as http:
        for origin in (PARTNER, *FOREIGN, OWN, PARTNER.replace("8443", "8444"), f"{PARTNER}.evil.example", "*"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
            preflight = await http.options("/api/v1/beads", headers=asked)
            plain = await http.get("/api/v1/health", headers={"Origin": origin})
            granted = PARTNER if origin == PARTNER else None
            assert preflight.headers.get("access-control-allow-origin") == granted, origin
            assert plain.headers.get("access-control-allow-origin") == granted, origin
        assert (await http.post("/api/v1/auth/logout", headers=BEARING | {"Origin": PARTNER})).status_code == 204


async def test_without_a_list_nobody_is_granted_anything(anonymous: AsyncClient) -> None:
    for origin in (PARTNER, OWN, *FOREIGN):
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        for answer in (
            await anonymous.options("/api/v1/beads", headers=asked),
            await anonymous.get("/api/v1/health", headers={"Origin": origin}),
        ):
            assert [name for name in answer.headers if name.startswith("access-control")] == []
