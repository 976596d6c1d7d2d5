"""How the matrices ask: the requests of the reviewed rows, and what the gate of a route promises each caller."""

import json
import re
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient, Response

from loom_app.api.gates import Gate
from loom_app.auth.gate import Personal, Public, Requires
from loom_app.auth.permissions import PERMISSIONS, Role
from loom_app.auth.sessions import COOKIE
from loom_app.kernel.actor import Actor
from tests.security.reviewed import ROUTES
from tests.security.reviewed.rows import PERSONAL, PERSONAL_KEY, PUBLIC, Row
from tests.support import world
from tests.support.handlers import Handler, Tab
from tests.support.routes import Route, documented
from tests.support.world import World

ENDLESS = {
    "GET /api/v1/activity-feed/stream",
    "GET /api/v1/events/stream",
    "GET /api/v1/logs/stream",
    "GET /api/v1/notifications/stream",
    "GET /api/v1/pair/{session_id}/stream",
}
"""Answers that never end: whom they are refused is seen here, what they show in tests/events/test_stream.py and
tests/pair."""
LAST = ("POST /api/v1/auth/logout", "POST /api/v1/auth/change-password")
GATE_CODES = {"not_signed_in", "session_invalid", "key_invalid", "permission_missing", "session_needed"}


def said(gate: Gate) -> str:
    """A declared gate as the table writes it."""
    if isinstance(gate, Requires):
        return gate.permission
    if isinstance(gate, Personal):
        return PERSONAL_KEY if gate.by_key else PERSONAL
    return PUBLIC


def plain(route: Route) -> str:
    """The route as the table names it."""
    return re.sub(r":\w+}", "}", route.name)


def rows(app: FastAPI) -> list[tuple[Route, Row]]:
    """Every route with its row, in an order in which earlier requests leave later ones something to work on."""
    order = {"DELETE": 1}
    found = [(route, ROUTES[plain(route)]) for route in documented(app)]
    return sorted(found, key=lambda each: (each[0].name in LAST, order.get(each[0].method, 0), -len(each[0].path)))


def filled(text: str, called: dict[str, str]) -> str:
    """`text` with the names of things in place of the parameters in braces."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: called.get(found[1], found[0]), text)


def put_in(value: Any, called: dict[str, str]) -> Any:
    """`filled` for everything in a JSON value."""
    return json.loads(filled(json.dumps(value), called))


def address(route: Route, row: Row, called: dict[str, str]) -> str:
    """The address of the row on the things that `called` names, with what it asks."""
    return filled(f"{route.path}?{row.query}" if row.query else route.path, called)


async def send(http: AsyncClient, route: Route, row: Row, called: dict[str, str]) -> Response:
    """The request of the row on the things that `called` names."""
    path = address(route, row, called)
    if isinstance(row.body, str):
        return await http.request(route.method, path, content=row.body, headers={"Content-Type": "text/plain"})
    body = put_in(row.body, called)
    return await http.request(route.method, path, json=body)


def called(seeded: World, project_id: str, caller: str) -> dict[str, str]:
    """Names of things in the project, and of the caller's own."""
    key_of = "admin" if caller == "admin" else "user"
    own = {"name": "default/ceo", "key_id": seeded.key_ids[key_of], "user_id": seeded.users["deactivated"]}
    own |= {"username": "service", "number": "1", "template_id": "standard", "proposal_id": "prop-1"}
    own |= {"definition_id": "direct"}
    if project_id == world.OWN:
        own["notification_id"] = f"{'admin' if caller == 'key' else caller}-notification"
    return world.names(project_id) | own


def code(answer: Response) -> str:
    """The word of a refusal, which always is a problem-details answer; empty for none."""
    if answer.status_code < 400:
        return ""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["error"] == problem["detail"]
    return str(problem["code"])


def expected(gate: Gate, caller: str) -> tuple[int, str] | None:
    """The refusal that `caller` gets from the gate; None when they are let in."""
    if isinstance(gate, Public):
        return None
    if caller == "anonymous":
        return 401, "not_signed_in"
    if caller == "deactivated":
        return 401, "session_invalid"
    if isinstance(gate, Personal):
        return None if caller != "key" or gate.by_key else (403, "session_needed")
    scopes = frozenset({"beads:read"}) if caller == "key" else None
    role = Role.ADMIN if caller == "key" else Role(caller)
    may = Actor("user", "x", "x", PERMISSIONS[role], scopes=scopes).may(gate.permission)
    return None if may else (403, "permission_missing")


def opened(handler: Handler, seeded: World, caller: str) -> Tab:
    """A tab of the caller."""
    token = seeded.headers[caller].get("Authorization", "").removeprefix("Bearer ")
    return Tab(handler.state, f"{COOKIE}={token}" if token else "")
