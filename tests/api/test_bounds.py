"""What is too long, and addresses no database could look up, are refused before any route sees them."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from loom_app.api.bounds import MOST_BYTES


def login_of(size: int) -> bytes:
    """A body of `size` bytes."""
    start, end = b'{"username":"', b'","password":"x"}'
    return start + b"a" * (size - len(start) - len(end)) + end


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """`body` without a Content-Length."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_beyond_the_limit_is_refused_in_a_sentence(anonymous: AsyncClient, streamed: bool) -> None:
    body = login_of(MOST_BYTES + 1)
    answer = await anonymous.post(
        "/api/v1/auth/login",
        content=in_pieces(body) if streamed else body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    shown = answer.json()
    assert (shown["code"], shown["status"], shown["instance"]) == ("body_too_large", 413, "/api/v1/auth/login")
    assert "1 MB" in shown["error"]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_body_at_the_limit_is_read(anonymous: AsyncClient, streamed: bool) -> None:
    body = login_of(MOST_BYTES)
    answer = await anonymous.post(
        "/api/v1/auth/login",
        content=in_pieces(body) if streamed else body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert "body.username" in answer.json()["error"]


async def test_files_of_beads_have_a_larger_limit_of_their_own(client: AsyncClient) -> None:
    made = await client.post("/api/v1/projects", json={"name": "Large", "id": "large"})
    assert made.status_code == 201
    answer = await client.post("/api/v1/projects/large/beads/import", content=b"\n" * (MOST_BYTES + 1))
    assert answer.status_code == 200, answer.text
    answer = await client.post("/api/v1/projects/large/beads/import", content=b"\n" * (20 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("address", ["/api/v1/beads/a%00b", "/api/v1/beads?q=%00", "/api/v1/runs?bead_id=a%00"])
async def test_a_nul_in_the_address_is_refused(client: AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_address")
