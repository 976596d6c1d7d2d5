"""Personas over REST."""

import pytest
from httpx import AsyncClient

from loom_app.personas.service import list_personas


async def test_the_list_is_a_bare_array_with_its_total(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/personas")
    assert answer.status_code == 200
    assert [persona["name"] for persona in answer.json()] == [persona.name for persona in list_personas()]
    assert answer.headers["X-Total-Count"] == "15"


async def test_the_list_is_paged(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/personas", params={"limit": 2, "offset": 14})
    assert [persona["role"] for persona in answer.json()] == ["web-designer-engineer"]
    assert 'rel="prev"' in answer.headers["Link"]


@pytest.mark.parametrize("name", ["default/qa-engineer", "qa-engineer", "default%2Fqa-engineer"])
async def test_one_is_found_by_either_name(client: AsyncClient, name: str) -> None:
    persona = (await client.get(f"/api/v1/personas/{name}")).json()
    assert persona["name"] == "default/qa-engineer"
    assert persona["metadata"]["role"] == "QA Engineer"
    assert "`done`" in persona["instructions"]


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("qa-enginer", 404, "persona_not_found"),
        ("other/qa-engineer", 404, "persona_not_found"),
        ("..%2f..%2fLICENSE", 400, "persona_name"),
        ("default/%2e%2e", 400, "persona_name"),
        ("a/b/c", 400, "persona_name"),
        ("%00", 400, "bad_address"),
    ],
)
async def test_a_wrong_name_is_explained(client: AsyncClient, name: str, status: int, code: str) -> None:
    answer = await client.get(f"/api/v1/personas/{name}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_nobody_reads_personas_without_signing_in(anonymous: AsyncClient) -> None:
    for path in ("/api/v1/personas", "/api/v1/personas/ceo"):
        assert (await anonymous.get(path)).status_code == 401
