"""Whatever is wrong with a request is told in one shape and in a sentence that says what, where and how to mend it."""

import pytest
from fastapi import FastAPI
from httpx import AsyncClient, Response
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

JSON = {"Content-Type": "application/json"}
FIELDS = {"type", "title", "status", "detail", "instance", "code", "error"}


def told(answer: Response) -> tuple[int, str, str]:
    """Status, code and sentence of a refusal."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert set(body) >= FIELDS
    assert body["status"] == answer.status_code
    assert body["detail"] == body["error"]
    return answer.status_code, body["code"], body["error"]


@pytest.mark.parametrize("body", [b"{", b'{"username":}', b"{'a': 1}", b"nonsense"])
async def test_what_is_not_json_is_told_with_its_place(anonymous: AsyncClient, body: bytes) -> None:
    status, code, sentence = told(await anonymous.post("/api/v1/auth/login", content=body, headers=JSON))
    assert (status, code) == (400, "invalid_json")
    assert "at character" in sentence


@pytest.mark.parametrize("body", [b'{"username": "\xff"}', b"[" * 100_000, b'{"username": ' + b"9" * 5_000 + b"}"])
async def test_json_that_cannot_be_read_is_told(anonymous: AsyncClient, body: bytes) -> None:
    status, code, sentence = told(await anonymous.post("/api/v1/auth/login", content=body, headers=JSON))
    assert (status, code) == (400, "invalid_json")
    assert "UTF-8" in sentence


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_of_another_type_is_told_to_be_json(anonymous: AsyncClient, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = await anonymous.post("/api/v1/auth/login", content=b'{"username":"a","password":"b"}', headers=headers)
    status, code, sentence = told(answer)
    assert (status, code) == (415, "not_json")
    assert "Content-Type: application/json" in sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"username": "a"}, "body.password is missing"),
        ({"username": "a", "password": "b", "x": 1}, "body.x is not known here; leave it out or check its spelling"),
        ([], "body: Input should be a valid dictionary"),
        (None, "body is missing"),
    ],
)
async def test_faults_of_a_body_name_their_place(anonymous: AsyncClient, body: object, sentence: str) -> None:
    content = {"json": body} if body is not None else {}
    status, code, said = told(await anonymous.post("/api/v1/auth/login", **content))  # type: ignore[arg-type]
    assert (status, code) == (422, "invalid_request")
    assert sentence in said


async def test_a_form_that_does_not_fit_is_named_without_what_was_given(client: AsyncClient) -> None:
    _, _, sentence = told(await client.post("/api/v1/projects", json={"name": "x", "id": "a/b"}))
    assert sentence.startswith("body.id does not have the form ^")
    _, _, sentence = told(await client.post("/api/v1/providers", json={"endpoint": "http://a", "api_key": "my secret"}))
    assert sentence.startswith("body.api_key does not have")
    assert "my secret" not in sentence
    _, _, sentence = told(await client.post("/api/v1/projects", json={"name": "x", "beads_path": "a/../b"}))
    assert sentence == "body.beads_path: must stay inside the repository, without '..'"


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (IntegrityError("INSERT", {}, Exception("taken")), 409, "changed_meanwhile"),
        (DataError("SELECT", {}, Exception("out of range")), 400, "not_storable"),
        (OperationalError("SELECT", {}, Exception("locked")), 503, "database_unavailable"),
    ],
)
async def test_what_the_database_refuses_is_told_apart(
    app: FastAPI, anonymous: AsyncClient, fault: Exception, status: int, code: str
) -> None:
    async def fail() -> None:
        raise fault

    app.router.add_api_route("/fails", fail)
    assert told(await anonymous.get("/fails"))[:2] == (status, code)


async def test_health_answers_head_as_balancers_ask(anonymous: AsyncClient) -> None:
    for path in ("/api/v1/health", "/health/live", "/health/ready"):
        answer = await anonymous.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_the_description_of_the_api_is_shown_without_the_internet(anonymous: AsyncClient) -> None:
    page = await anonymous.get("/api/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    for name, kind in (("swagger-ui-bundle.js", "text/javascript"), ("swagger-ui.css", "text/css")):
        assert f"/api/docs/{name}" in page.text
        found = await anonymous.get(f"/api/docs/{name}")
        assert found.status_code == 200
        assert found.headers["content-type"].startswith(kind)
        assert len(found.content) > 100_000
    assert told(await anonymous.get("/api/docs/..%2Fapp.py"))[0] == 404
    assert told(await anonymous.get("/api/docs/redoc.standalone.js"))[0] == 404


async def test_every_operation_says_what_it_does_and_what_it_answers(anonymous: AsyncClient) -> None:
    described = (await anonymous.get("/api/openapi.json")).json()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation.get("description"), where
            assert operation["tags"], where
            assert any(status.startswith("2") for status in operation["responses"]), where
            refusal = operation["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
            assert refusal == {"$ref": "#/components/schemas/Problem"}, where
    assert set(described["components"]["schemas"]["Problem"]["properties"]) == FIELDS
