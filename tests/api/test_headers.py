"""Every answer carries the headers that protect browsers."""

import pytest
from httpx import AsyncClient

from loom_app.api.headers import HEADERS


@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/beads", "/api/v1/nothing", "/api/docs", "/api/v1/x%00"])
async def test_answers_and_refusals_carry_them(anonymous: AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer.headers["x-request-id"]
