"""Addresses and methods there are not are answered in the API's own way."""

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import AsyncClient, Response

from tests.support.routes import contexts, table


def addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path, with made-up parameters, of every route of the API."""
    return [(route.method, re.sub(r"\{[^}]+\}", "no-such-thing", route.path)) for route in table(app)]


def refusal(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["error"] == body["detail"]
    return answer.status_code, body["code"]


async def send(http: AsyncClient, method: str, path: str) -> Response:
    """A request with an empty body where a body belongs."""
    return await http.request(method, path, json={} if method in ("POST", "PUT", "PATCH") else None)


async def test_no_route_answers_nonsense_with_a_fault_of_ours(app: FastAPI, client: AsyncClient) -> None:
    for method, path in addresses(app):
        if "stream" not in path:
            answer = await send(client, method, path)
            assert answer.status_code < 500, f"{method} {path}: {answer.text}"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v2/beads", "/api/", "/api/v1/beads/a/b/c"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_unknown_addresses(anonymous: AsyncClient, method: str, path: str) -> None:
    assert refusal(await send(anonymous, method, path)) == (404, "no_such_route")


async def test_every_address_refuses_methods_it_does_not_have(app: FastAPI, client: AsyncClient) -> None:
    has: dict[str, set[str]] = {}
    for method, path in addresses(app):
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
        for route in contexts(app)
        if isinstance(route.original_route, APIRoute) and not (route.path or "").startswith("/api/{")
    )


async def test_method_not_allowed_names_those_that_are(client: AsyncClient) -> None:
    answer = await client.put("/api/v1/auth/login")
    assert refusal(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert answer.json()["error"] == "/api/v1/auth/login does not take PUT; it takes POST."
