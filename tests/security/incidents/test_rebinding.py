"""A page of somebody else whose name was made to lead to localhost spoke to another product (CVE-2026-77087).

Every shape of a foreign Host is in tests/api/test_hosts.py, and a foreign page at the live socket, in a real browser,
in tests/e2e/test_safety.py.
"""

import pytest
from fastapi import FastAPI
from starlette.types import Message

from loom_app.auth.sessions import COOKIE
from tests.support.people import browser
from tests.support.world import World


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_not_even_an_administrator_is_answered_under_a_foreign_name(
    app: FastAPI, seeded: World, method: str
) -> None:
    token = seeded.headers["admin"]["Authorization"]
    for way in ({"Authorization": token}, {"Cookie": f"{COOKIE}={token.removeprefix('Bearer ')}"}):
        async with browser(app, Host="evil.example:8080", **way) as http:
            answer = await http.request(method, "/api/v1/projects")
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_host")


async def test_a_socket_opened_under_a_foreign_name_is_refused(app: FastAPI) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {
        "type": "websocket", "path": "/_event", "raw_path": b"/_event", "query_string": b"", "subprotocols": [],
        "headers": [(b"host", b"evil.example:8080"), (b"origin", b"http://evil.example:8080")],
        "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8080), "scheme": "ws", "root_path": "",
        "extensions": {"websocket.http.response": {}},
    }  # fmt: skip
    await app(scope, receive, send)
    assert sent[0]["type"] in ("websocket.http.response.start", "websocket.close")
    assert sent[0].get("status", 403) in (400, 403)
