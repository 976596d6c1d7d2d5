"""Every route declares who may use it, and means it. What there is comes from the application, from no list here."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from httpx import AsyncClient, Response

from loom_app.auth.gate import Personal, Public, Requires
from loom_app.auth.permissions import PERMISSIONS, Role
from loom_app.kernel.actor import Actor
from tests.support import people

Gate = Requires | Public | Personal


def gates(dependant: Dependant) -> Iterator[Gate]:
    """Every gate among the dependencies, however deep."""
    if isinstance(dependant.call, Gate):
        yield dependant.call
    for inner in dependant.dependencies:
        yield from gates(inner)


def routes(app: FastAPI) -> list[RouteContext]:
    """Every route, those of the rooms included."""
    return list(iter_route_contexts(app.routes))


def table(app: FastAPI) -> list[tuple[str, str, Gate]]:
    """Method, path with made-up parameters, and gate of every route of the API."""
    return [
        (method, re.sub(r"\{[^}]+\}", "no-such-thing", route.path or ""), next(gates(route.dependant)))
        for route in routes(app)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods or ())
    ]


def documents(app: FastAPI) -> set[str | None]:
    """Where FastAPI itself answers with the description of the API."""
    return {app.openapi_url, app.docs_url, app.redoc_url, app.swagger_ui_oauth2_redirect_url}


def refusal(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["error"] == body["detail"]
    return answer.status_code, body["code"]


async def send(http: AsyncClient, method: str, path: str) -> Response:
    """A request with an empty body where a body belongs."""
    return await http.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)


def actor(role: Role) -> Actor:
    return Actor("user", "user-x", role, PERMISSIONS[role])


@pytest.fixture
async def viewer(app: FastAPI) -> AsyncIterator[AsyncClient]:
    """A client signed in as a viewer."""
    async with people.signed_in(app, "viewer") as http:
        yield http


async def test_every_route_declares_exactly_one_gate(app: FastAPI) -> None:
    def undeclared(route: RouteContext) -> bool:
        if isinstance(route.original_route, APIRoute):
            return len(list(gates(route.dependant))) != 1
        return route.path not in documents(app)

    assert [route.path for route in routes(app) if undeclared(route)] == []
    assert len(table(app)) > 30


async def test_permissions_are_of_the_catalogue_and_held_by_somebody(app: FastAPI) -> None:
    resources = "agents|beads|providers|projects|decisions|repl|system"
    for _, path, gate in table(app):
        if isinstance(gate, Requires):
            assert re.fullmatch(rf"({resources}):(read|write|delete|admin|use)", gate.permission), path
            assert actor(Role.ADMIN).may(gate.permission)
        else:
            assert gate.reason


async def test_reading_needs_no_more_than_reading(app: FastAPI) -> None:
    for method, path, gate in table(app):
        if isinstance(gate, Requires) and not gate.permission.startswith("system:"):
            reads = gate.permission.endswith(":read")
            assert reads == (method == "GET"), f"{method} {path} asks for {gate.permission}"


async def test_anonymous_is_let_in_nowhere_but_at_public_routes(app: FastAPI, anonymous: AsyncClient) -> None:
    for method, path, gate in table(app):
        if not isinstance(gate, Public):
            answer = await send(anonymous, method, path)
            assert refusal(answer) == (401, "not_signed_in"), f"{method} {path}"
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_viewers_are_kept_from_what_viewers_do_not_hold(app: FastAPI, viewer: AsyncClient) -> None:
    tried = 0
    for method, path, gate in table(app):
        if isinstance(gate, Requires) and not actor(Role.VIEWER).may(gate.permission):
            assert refusal(await send(viewer, method, path)) == (403, "permission_missing"), f"{method} {path}"
            tried += 1
    assert tried > 10


@pytest.mark.parametrize("role", [Role.SERVICE, Role.USER])
async def test_other_roles_are_kept_from_what_they_do_not_hold(app: FastAPI, role: Role) -> None:
    async with people.signed_in(app, role) as http:
        for method, path, gate in table(app):
            if isinstance(gate, Requires) and not actor(role).may(gate.permission):
                assert refusal(await send(http, method, path)) == (403, "permission_missing"), f"{method} {path}"


async def test_no_route_answers_nonsense_with_a_fault_of_ours(app: FastAPI, client: AsyncClient) -> None:
    for method, path, _ in table(app):
        if "stream" not in path:
            answer = await send(client, method, path)
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/beads", "/api/", "/api/v1/beads/a/b/c"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_unknown_addresses(anonymous: AsyncClient, method: str, path: str) -> None:
    assert refusal(await send(anonymous, method, path)) == (404, "no_such_route")


async def test_every_address_refuses_methods_it_does_not_have(app: FastAPI, client: AsyncClient) -> None:
    has: dict[str, set[str]] = {}
    for method, path, _ in table(app):
        has.setdefault(path, set()).add(method)
    for path, methods in has.items():
        if path.startswith("/api/v1/"):
            for method in {"PUT", "PATCH", "DELETE"} - methods:
                answer = await send(client, method, path)
                if answer.status_code == 405:
                    assert refusal(answer) == (405, "method_not_allowed")
                    assert method not in answer.headers["allow"].split(", ")
                else:
                    assert _answers(app, method, path), f"{method} {path}: {answer.status_code}"


def _answers(app: FastAPI, method: str, path: str) -> bool:
    """Whether a route with a parameter answers here, as /x/{id} does for DELETE /x/list."""
    return any(
        method in (route.methods or ()) and route.path_regex.match(path)
        for route in routes(app)
        if isinstance(route.original_route, APIRoute) and not (route.path or "").startswith("/api/{")
    )


async def test_method_not_allowed_names_those_that_are(client: AsyncClient) -> None:
    answer = await client.put("/api/v1/auth/login")
    assert refusal(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"] == "/api/v1/auth/login does not take PUT; it takes POST."
