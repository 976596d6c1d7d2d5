"""Open sign-up and an import without authorisation gave strangers the machine elsewhere (CVE-2026-41679, 10.0).

One handler that forgot its check gave strangers the data of others (GHSA-xfqj-r5qw-8g4j). Here a route without a
declared gate keeps Loom from starting, nobody signs up, and a file that is imported configures nothing.
"""

import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from httpx import AsyncClient

from loom_app.api.gates import check_gates
from loom_app.auth.gate import public, requires
from tests.security.reviewed import ROUTES
from tests.security.reviewed.rows import PUBLIC
from tests.support.world import OWN, World

MAY_WRITE_WITHOUT_A_SESSION = {
    "POST /api/v1/auth/login", "POST /api/v1/auth/refresh", "POST /api/v1/auth/logout", "POST /api/v1/auth/setup",
    "POST /api/v1/auth/reset", "POST /api/v1/webhooks/github",
}  # fmt: skip
"""Each needs a secret of its own: a password, a token, a one-time link, one that signs."""


def _with(router: APIRouter) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    return app


def test_a_route_that_forgot_its_gate_does_not_start() -> None:
    router = APIRouter()

    @router.post("/api/v1/forgotten")
    async def forgotten() -> None: ...

    with pytest.raises(LookupError, match="POST /api/v1/forgotten"):
        check_gates(_with(router))


def test_a_route_with_two_gates_does_not_start() -> None:
    router = APIRouter(dependencies=[public("a mistake")])

    @router.get("/api/v1/twice", dependencies=[requires("system:admin")])
    async def twice() -> None: ...

    with pytest.raises(LookupError, match="GET /api/v1/twice"):
        check_gates(_with(router))


def test_a_gate_in_a_dependency_counts() -> None:
    router = APIRouter()

    async def inner(_: Annotated[None, requires("system:admin")]) -> None: ...

    @router.get("/api/v1/deep")
    async def deep(_: Annotated[None, Depends(inner)]) -> None: ...

    check_gates(_with(router))


def test_nothing_but_signing_in_is_open_to_strangers() -> None:
    writing = {name for name, row in ROUTES.items() if row.gate == PUBLIC and not name.startswith(("GET ", "HEAD "))}
    assert writing == MAY_WRITE_WITHOUT_A_SESSION


async def test_nobody_signs_up(anonymous: AsyncClient, seeded: World) -> None:
    body = {"token": "x" * 43, "username": "mallory", "password": "a stranger to every list 9"}
    answer = await anonymous.post("/api/v1/auth/setup", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "setup_closed")
    for path in ("register", "signup", "sign-up", "users"):
        assert (await anonymous.post(f"/api/v1/auth/{path}", json=body)).status_code in (401, 404)


@pytest.mark.parametrize("caller", ["user"], indirect=True)
async def test_an_imported_file_configures_nothing(seeded: World, http: AsyncClient) -> None:
    before = (await http.get(f"/api/v1/projects/{OWN}")).json()
    hostile: dict[str, Any] = {
        "id": f"{OWN}-7", "title": "x", "status": "open", "priority": 2, "issue_type": "task", "project_id": "hidden",
        "test_command": "id", "hooks": {"post-import": "id"}, "git_repo": "ext::id", "role": "admin", "_run": "id",
    }  # fmt: skip
    kind = {"Content-Type": "application/x-ndjson"}
    address = f"/api/v1/projects/{OWN}/beads/import"
    answer = await http.post(address, content=json.dumps(hostile), headers=kind)
    assert answer.status_code == 200, answer.text
    after = (await http.get(f"/api/v1/projects/{OWN}")).json()
    assert after | {"bead_counts": before["bead_counts"]} == before
    assert (await http.get(f"/api/v1/beads/{OWN}-7")).json()["project_id"] == OWN
    assert (await http.get("/api/v1/auth/me")).json()["role"] == "user"
