"""Every text field of every body, every query parameter, every part of an address and every header, with every corpus.

The fields come from the description of the API. Answers are a success that kept the text as it was, or a refusal in
problem details; never a fault of ours.
"""

import json
import os
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.kernel.database import Database
from tests.security import corpora
from tests.security.asking import ENDLESS, address, called, filled, plain, put_in, rows
from tests.security.reviewed.rows import Row
from tests.security.together import Field, each_sees
from tests.support.people import browser
from tests.support.routes import Route
from tests.support.world import OWN, World

IN_ADDRESSES = (*corpora.SQL, *corpora.PATHS, *corpora.LINES, *corpora.UNICODE)
PLAIN_HEADERS = (
    "Last-Event-ID", "X-Request-Id", "User-Agent", "Accept", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "Range",
    "Accept-Language", "Content-Type", "If-None-Match", "Host", "Origin",
)  # fmt: skip
HEADERS = [
    *((name, b"") for name in (*PLAIN_HEADERS, "Authorization", "X-API-Key", "Cookie")),
    ("Authorization", b"Bearer "), ("Authorization", b"Bearer loom_live_"), ("X-API-Key", b"loom_live_"),
    ("Cookie", b"loom_session="),
]  # fmt: skip
"""Names, and what stands before the text."""
JSON = {"Content-Type": "application/json"}
KEPT_OTHERWISE = {"endpoint", "file_path"}
"""Fields with a normal form of their own."""
TOLD_OTHERWISE = {
    ("POST /api/v1/beads/auto-file", "message"),
    ("POST /api/v1/file-locks", "agent_id"),
    ("POST /api/v1/decisions", "assigned_to"),
    ("POST /api/v1/decisions", "returned_to"),
    ("POST /api/v1/projects/{project_id}/comments", "author_id"),
    ("POST /api/v1/projects/{project_id}/lessons", "detail"),
    ("PATCH /api/v1/lessons/{lesson_id}", "detail"),
    ("POST /api/v1/personas", "metadata"),
    ("PUT /api/v1/personas/{name}", "metadata"),
    ("POST /api/v1/personas", "instructions"),
    ("PUT /api/v1/personas/{name}", "instructions"),
}
"""Fields whose name stands for something else in the answer: what was done, who it was, whoever was named, a text as
its file has it, whose lines end in one way, or without what looks like a secret."""
COSTLY = {
    "POST /api/v1/demo",
    "POST /api/v1/providers/{provider_id}/check",
    "GET /api/v1/providers/{provider_id}/models",
}


def fields(document: dict[str, Any], operation: dict[str, Any]) -> Iterator[Field]:
    """The fields of a body that take text: name, and `text`, `list` or `object`."""
    content = operation.get("requestBody", {}).get("content", {})
    shape = resolved(document, content.get("application/json", {}).get("schema", {}))
    for name, given in shape.get("properties", {}).items():
        for kind in kinds(document, given):
            yield name, kind


def resolved(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """The schema itself in place of a reference to it or a choice between it and null."""
    if "anyOf" in shape:
        shape = next(one for one in shape["anyOf"] if one.get("type") != "null")
    named = shape.get("$ref", "").rpartition("/")[2]
    return resolved(document, document["components"]["schemas"][named]) if named else shape


def kinds(document: dict[str, Any], given: dict[str, Any]) -> Iterator[str]:
    """How text can be put into a field."""
    shape = resolved(document, given)
    if shape.get("type") == "string":
        yield "text"
    elif shape.get("type") == "array" and resolved(document, shape["items"]).get("type") == "string":
        yield "list"
    elif shape.get("type") == "object" and "properties" not in shape:
        yield "object"


def shaped(kind: str, text: str) -> Any:
    """`text` as a field of that kind takes it."""
    return {"text": text, "list": [text], "object": {text: text, "deep": [{"er": text}]}}[kind]


def check(answer: Response, where: str) -> None:
    """An answer of ours, and no fault."""
    assert answer.status_code < 500 or answer.status_code == 502, f"{where}: {answer.status_code} {answer.text[:500]}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", where
        assert {"status", "code", "detail"} <= answer.json().keys(), where


@pytest.fixture
def walked(app: FastAPI) -> list[tuple[Route, Row]]:
    """Every route that is quick and ends."""
    return [each for each in rows(app) if each[0].name not in ENDLESS and plain(each[0]) not in COSTLY]


SHARES = 4
"""In how many tests the routes are divided, since one would take minutes."""
EACH = 1 if os.environ.get("LOOM_TEST_EVERY_TEXT") else 3
"""Each route meets one of so many texts, another choice from route to route; `make fuzz` has it meet them all."""


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("caller", ["admin"], indirect=True)
async def test_texts_in_bodies_are_kept_as_they_are_or_refused(
    app: FastAPI, db: Database, seeded: World, http: AsyncClient, walked: list[tuple[Route, Row]], share: int
) -> None:
    document, names = app.openapi(), called(seeded, OWN, "admin")
    places = [(route, row, list(fields(document, described(document, route)))) for route, row in walked]
    # What is not for databases and not about letters meets the same code on either.
    texts = corpora.EVERYTHING if db.is_sqlite else (*corpora.SQL, *corpora.UNICODE)
    assert sum(len(taking) for _, _, taking in places) > 40
    for number, (route, row, taking) in enumerate(places[share::SHARES]):
        await each_sees(
            taking,
            texts[number % EACH :: EACH],
            partial(partial, in_body, http, route, put_in(row.body, names) or {}, address(route, row, names)),
        )


async def in_body(
    http: AsyncClient, route: Route, body: dict[str, Any], address: str, text: str, some: Sequence[Field]
) -> Response:
    """The answer to `body` with `text` in some of its fields."""
    given = {field: shaped(kind, text) for field, kind in some}
    content = json.dumps(body | given)
    answer = await http.request(route.method, address, content=content, headers=JSON)
    check(answer, f"{route.name} {list(given)}={text[:80]!r}")
    compare(route, answer, given)
    return answer


def described(document: dict[str, Any], route: Route) -> dict[str, Any]:
    """What the description says of a route."""
    found: dict[str, Any] = document["paths"].get(plain(route).partition(" ")[2], {}).get(route.method.lower(), {})
    return found


def compare(route: Route, answer: Response, given: dict[str, Any]) -> None:
    """What is shown is what was given, but for spaces around it where a field takes them off."""
    is_json = "json" in answer.headers.get("content-type", "")
    shown = answer.json() if answer.is_success and is_json and answer.content else {}
    for field, value in given.items():
        if field in shown and field not in KEPT_OTHERWISE and (plain(route), field) not in TOLD_OTHERWISE:
            same = shown[field] in (value, trimmed(value))
            assert same, f"{route.name} {field}={str(value)[:80]!r}: shown as {str(shown[field])[:200]!r}"


def trimmed(given: Any) -> Any:
    """A text, or each text of a list, without the spaces around it."""
    if isinstance(given, list):
        return [text.strip() for text in given]
    return given.strip() if isinstance(given, str) else given


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("caller", ["admin"], indirect=True)
async def test_texts_in_addresses_find_nothing_or_are_refused(
    app: FastAPI, db: Database, seeded: World, http: AsyncClient, walked: list[tuple[Route, Row]], share: int
) -> None:
    document, names = app.openapi(), called(seeded, OWN, "admin")
    texts = IN_ADDRESSES if db.is_sqlite else (*corpora.SQL, *corpora.UNICODE)
    for number, (route, row) in enumerate(walked[share::SHARES]):
        if isinstance(row.body, str):
            continue
        parameters = [(one["name"], one["in"]) for one in described(document, route).get("parameters", [])]
        for part in ("path", "query"):
            taking = [one for one in parameters if one[1] == part]
            chosen = texts[number % EACH :: EACH]
            await each_sees(taking, chosen, partial(partial, in_address, http, route, put_in(row.body, names), names))


async def in_address(
    http: AsyncClient, route: Route, body: Any, names: dict[str, str], text: str, some: Sequence[Field]
) -> Response:
    """The answer to a request with `text` in some parts of its address."""
    escaped = quote(text[:2_000].encode("utf-8", "surrogatepass"), safe="")
    path = filled(route.path, names | {name: escaped for name, part in some if part == "path"})
    query = "&".join(f"{name}={escaped}" for name, part in some if part == "query")
    answer = await http.request(route.method, f"{path}?{query}" if query else path, json=body)
    check(answer, f"{route.name} {some}={text[:80]!r}")
    return answer


@pytest.mark.parametrize(("method", "address"), [("GET", "/api/v1/auth/me"), ("POST", "/api/v1/auth/refresh")])
async def test_texts_in_headers_sign_nobody_in(app: FastAPI, seeded: World, method: str, address: str) -> None:
    async with browser(app) as http:
        for name, before in HEADERS:
            for text in IN_ADDRESSES:
                value = text[:4_000].encode("utf-8", "surrogatepass").translate(None, b"\r\n\x00")
                answer = await http.request(method, address, headers=[(name.encode(), before + value)])
                check(answer, f"{address} {name}: {text[:80]!r}")
                assert answer.status_code in (400, 401, 403, 421), f"{address} {name}: {text[:80]!r}"
                assert "set-cookie" not in answer.headers
