"""No body, however it is made, meets a fault of ours or changes anything it should not."""

import gzip
import json
import zlib
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.config import Limits, Settings

NASTY: dict[str, str] = {
    "huge integer": "1" + "0" * 40,
    "negative huge integer": "-1" + "0" * 40,
    "thousands of digits": "9" * 5_000,
    "infinite": "1e400",
    "not a number": "NaN",
    "NUL": '"a\\u0000b"',
    "half a pair": '"\\ud800"',
    "half a pair as a name": '{"\\udfff": 1}',
    "deep list": "[" * 400 + "]" * 400,
    "deep object": '{"a":' * 400 + "1" + "}" * 400,
    "deeper list": "[" * 50_000 + "]" * 50_000,
    "long text": f'"{"x" * 300_000}"',
    "null": "null",
    "empty": '""',
    "true": "true",
    "direction marks": '"\\u202e\\u200b"',
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without limits, which would answer in place of what is tried here."""
    return settings.model_copy(update={"limits": Limits(credentials=0, writes=0)})


@pytest.fixture
async def names(client: AsyncClient) -> dict[str, str]:
    """Something that exists for every name in an address."""

    async def make(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    await make("/projects", {"id": "kitchen", "name": "Kitchen"})
    bead = await make("/beads", {"project_id": "kitchen", "title": "Salt"})
    agent = await make("/agents", {"persona_name": "default/qa-engineer", "project_id": "kitchen"})
    return {"project_id": "kitchen", "bead_id": bead["id"], "agent_id": agent["id"]}


def operations(described: dict[str, Any], names: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, address and fields of every operation that takes JSON."""
    found = []
    for path, methods in described["paths"].items():
        address = path
        for name, value in names.items():
            address = address.replace(f"{{{name}}}", value)
        for method, operation in methods.items():
            schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            if schema:
                reference = schema.get("$ref", schema.get("anyOf", [{}])[0].get("$ref", ""))
                shape = described["components"]["schemas"].get(reference.rpartition("/")[2], {})
                found.append((method.upper(), address, shape.get("properties", {})))
    return found


def sensible(name: str, field: dict[str, Any]) -> Any:
    """A value that a field may take, so that the nasty one beside it is looked at."""
    if "default" in field:
        return field["default"]
    kind = field.get("type") or field.get("anyOf", [{}])[0].get("type")
    return {"integer": 1, "number": 1, "boolean": True, "array": [], "object": {}}.get(kind, "kitchen")


def fine(answer: Response) -> bool:
    """Whether it is success, or a refusal in problem details."""
    if answer.status_code < 400:
        return True
    told = answer.headers["content-type"] == "application/problem+json" and answer.json()["error"]
    return bool(told) and answer.status_code < 500


async def test_no_value_of_any_field_meets_a_fault_of_ours(
    app: FastAPI, client: AsyncClient, names: dict[str, str]
) -> None:
    described = (await client.get("/api/openapi.json")).json()
    faults, tried = [], 0
    for method, path, fields in operations(described, names):
        usual = {name: sensible(name, field) for name, field in fields.items() if name not in ("scopes",)}
        for field in fields:
            for what, raw in NASTY.items():
                parts = [f"{json.dumps(name)}: {raw if name == field else json.dumps(usual[name])}" for name in usual]
                body = "{" + ", ".join(parts) + "}"
                answer = await client.request(
                    method, path, content=body.encode(), headers={"Content-Type": "application/json"}
                )
                tried += 1
                if not fine(answer):
                    faults.append((method, path, field, what, answer.status_code, answer.text[:200]))
    assert faults == []
    assert tried > 500


JSON = {"Content-Type": "application/json"}
MADE = b'{"id": "bakery", "name": "Bakery"}'


AMBIGUOUS: list[tuple[bytes, dict[str, str], int, str]] = [
    (b'{"id": "bakery", "name": "Bakery", "name": "Mill"}', JSON, 400, "duplicate_name"),
    (b'{"id": "bakery", "name": "Bakery", "context": {"a": [{"b": 1, "b": 2}]}}', JSON, 400, "duplicate_name"),
    (b'{"id": "bakery", "name": "Bakery", "n\\u0061me": "Mill"}', JSON, 400, "duplicate_name"),
    (b"{" + b'"a":1,' * 100_000 + b'"a":1}', JSON, 400, "duplicate_name"),
    (b'{"id": "bakery", "name": NaN}', JSON, 400, "invalid_json"),
    (b'{"id": "bakery", "name": "Bakery", "x": -Infinity}', JSON, 400, "invalid_json"),
    (MADE.decode().encode("utf-16"), JSON, 400, "invalid_json"),
    (MADE.decode().encode("utf-32-be"), JSON, 400, "invalid_json"),
    (MADE.replace(b"Bakery", b"\xc3\x28"), JSON, 400, "invalid_json"),
    (MADE.replace(b"Bakery", b"\xed\xa0\x80"), JSON, 400, "invalid_json"),
    (MADE + b"\0", JSON, 400, "invalid_json"),
    (MADE + b"{}", JSON, 400, "invalid_json"),
    (gzip.compress(MADE), JSON | {"Content-Encoding": "gzip"}, 415, "compressed_body"),
    (zlib.compress(MADE), JSON | {"Content-Encoding": "deflate"}, 415, "compressed_body"),
    (MADE, JSON | {"Content-Encoding": "identity, br"}, 415, "compressed_body"),
    (MADE, {"Content-Type": "text/plain"}, 415, "not_json"),
    (MADE, {"Content-Type": "multipart/form-data; boundary=x"}, 415, "not_json"),
    (MADE, {"Content-Type": "text/json"}, 415, "not_json"),
    (MADE, {}, 415, "not_json"),
    (b"id=bakery&name=Bakery", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "not_json"),
]


async def test_a_body_that_could_be_read_in_two_ways_is_refused(client: AsyncClient) -> None:
    for body, headers, status, code in AMBIGUOUS:
        answer = await client.post("/api/v1/projects", content=body, headers=headers)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (status, code), (body[:80], answer.text)
    assert (await client.get("/api/v1/projects")).json() == []


@pytest.mark.parametrize("headers", [JSON, {"Content-Type": "application/JSON; charset=utf-8"}])
async def test_a_plain_body_is_taken(client: AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post("/api/v1/projects", content=MADE, headers=headers | {"Content-Encoding": "identity"})
    assert answer.status_code == 201


async def test_a_client_that_leaves_amid_its_body_is_not_taken_at_its_word(app: FastAPI, client: AsyncClient) -> None:
    sent = [{"type": "http.request", "body": MADE, "more_body": True}, {"type": "http.disconnect"}]
    answered: list[Any] = []

    async def receive() -> Any:
        return sent.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    headers = {
        "host": "localhost",
        "authorization": client.headers["Authorization"],
        "content-type": "application/json",
    }
    scope = {
        "type": "http", "method": "POST", "path": "/api/v1/projects", "query_string": b"", "client": ("127.0.0.1", 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    await app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert json.loads(answered[1]["body"])["code"] == "incomplete_body"
    assert (await client.get("/api/v1/projects")).json() == []
