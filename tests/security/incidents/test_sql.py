"""A key was spliced into SQL on the path that reports a wrong one (CVE-2026-42208, 9.8).

Here no text of a caller ever becomes part of a statement: it is only ever a parameter. What the answers look like is
in tests/security/test_injections.py.
"""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.security import corpora
from tests.security.asking import ENDLESS, called, plain, rows
from tests.support.people import browser
from tests.support.world import OWN, World

SIGN = "zqx9"
"""A word no statement of ours holds."""
HEADERS = ("X-API-Key", "Authorization", "Cookie", "User-Agent", "X-Request-Id", "Referer", "Last-Event-ID")


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """The text of every statement that is sent to the database."""
    seen: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    yield seen
    event.remove(Engine, "before_cursor_execute", look)


@pytest.mark.parametrize("text", corpora.SQL)
async def test_no_header_or_parameter_becomes_part_of_a_statement(
    app: FastAPI, seeded: World, statements: list[str], text: str
) -> None:
    hostile = f"{SIGN}{text}"
    document = app.openapi()
    async with browser(app, **seeded.headers["admin"]) as http, browser(app) as stranger:
        for name in HEADERS:
            for before in ("", "Bearer ", "loom_live_", "loom_session="):
                await stranger.get("/api/v1/beads", headers={name: before + hostile})
        await stranger.post("/api/v1/auth/login", json={"username": hostile, "password": hostile})
        for route, row in rows(app):
            operation = document["paths"].get(plain(route).partition(" ")[2], {}).get("get", {})
            if route.method == "GET" and route.name not in ENDLESS and row.body is None:
                asked = {one["name"]: hostile for one in operation.get("parameters", []) if one["in"] == "query"}
                texts = {name: value for name, value in asked.items() if name not in ("limit", "offset", "before")}
                path = route.path.partition("{")[0] + (f"{OWN}-1" if "{" in route.path else "")
                assert called(seeded, OWN, "admin")
                await http.get(path, params=texts)
    assert len(statements) > 20
    assert [one for one in statements if SIGN in one] == []
