"""The event log over REST: what cannot be asked for is told."""

import pytest
from httpx import AsyncClient


@pytest.mark.parametrize("query", [{"before": -1}, {"before": 2**63}, {"before": "x"}, {"type": "x" * 2_001}])
async def test_bad_queries_are_refused(client: AsyncClient, query: dict[str, str | int]) -> None:
    answer = await client.get("/api/v1/events", params=query)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(f"query.{next(iter(query))}: ")


async def test_the_largest_number_is_beyond_every_event(client: AsyncClient) -> None:
    await client.post("/api/v1/projects", json={"name": "x"})
    answer = await client.get("/api/v1/events", params={"before": 2**63 - 1, "type": "project.created"})
    assert answer.json()["count"] == 1
