"""Addresses and methods there are not are answered in the API's own way."""

import re

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import AsyncClient, Response

from tests.support.routes import contexts, table

NOWHERE = [
    "/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/beads/a/b/c", "/health", "/health/", "/health/xx",
    "/health/live/deeper", "/api/v2/beads", "/api/v1/Beads", "/api//v1/beads", "/api/v1/%2e%2e/beads",
]  # fmt: skip
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "X" * 5_000]


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


@pytest.mark.parametrize("path", NOWHERE)
async def test_nothing_is_there_for_any_method(client: AsyncClient, path: str) -> None:
    for method in METHODS:
        answer = await client.request(method, path)
        assert answer.status_code == 404, method
        assert answer.headers["content-type"] == "application/problem+json"
        if method != "HEAD":
            assert answer.json()["code"] == "no_such_route", method


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


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("/api/v1/beads", "GET, PATCH, POST"),
        ("/api/v1/auth/login", "POST"),
        ("/health/live", "GET, HEAD"),
        ("/api/v1/health", "GET, HEAD"),
        ("/api/docs", "GET"),
    ],
)
async def test_other_methods_are_told_which_there_are(client: AsyncClient, path: str, takes: str) -> None:
    for method in set(METHODS) - set(takes.split(", ")):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, takes), method
        assert answer.headers["content-type"] == "application/problem+json"
        if method != "HEAD":
            assert answer.json()["code"] == "method_not_allowed"
            assert len(answer.text) < 1_500


async def test_an_address_tells_its_own_methods_and_not_those_of_one_with_more_left_open(client: AsyncClient) -> None:
    answer = await client.options("/api/v1/projects/none/git-key/rotate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_a_slash_too_many_leads_nowhere_else(client: AsyncClient) -> None:
    for path in (
        "/api/v1/beads/",
        "//evil.example",
        "//evil.example/api/v1/beads",
        "/\\evil.example",
        "/%2fevil.example",
    ):
        answer = await client.get(f"http://127.0.0.1:8080{path}")
        place = answer.headers.get("location", "http://127.0.0.1:8080/")
        assert place.startswith("http://127.0.0.1:8080/"), path
