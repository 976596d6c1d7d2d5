"""Every route as every kind of caller.

The routes come from the application, what is expected from their declared gates, and both must agree with the reviewed
table: a route without a row, or with another gate than its row, fails.
"""

import re

from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import AsyncClient

from loom_app.auth.api_keys import key_refused
from loom_app.auth.gate import Public, Requires
from loom_app.auth.tokens import session_over
from tests.security.asking import ENDLESS, GATE_CODES, called, code, expected, plain, rows, said, send
from tests.security.reviewed import ROUTES
from tests.support.routes import contexts, documented
from tests.support.world import OWN, World


async def test_every_route_is_one_of_the_api(app: FastAPI) -> None:
    """That each declares exactly one gate is checked at the start: incidents/test_open_import.py."""
    documents = {app.openapi_url, app.docs_url, app.redoc_url, app.swagger_ui_oauth2_redirect_url}
    for route in contexts(app):
        assert isinstance(route.original_route, APIRoute) or route.path in documents, route.path


async def test_every_route_has_a_reviewed_row_and_every_row_a_route(app: FastAPI) -> None:
    declared = {plain(route): said(route.gate) for route in documented(app)}
    reviewed = {name: row.gate for name, row in ROUTES.items()}
    assert declared == reviewed, "say in tests/security/reviewed who may use what is new or changed"


async def test_every_documented_operation_is_one_of_them(app: FastAPI) -> None:
    described = {
        f"{method.upper()} {path}" for path, operations in app.openapi()["paths"].items() for method in operations
    }
    assert described <= set(ROUTES)
    hidden = set(ROUTES) - described
    assert all(name.startswith(("HEAD ", "GET /api/docs")) for name in hidden), hidden


async def test_permissions_are_of_the_catalogue_and_held_by_somebody(app: FastAPI) -> None:
    resources = "agents|beads|providers|projects|decisions|repl|system"
    for route in documented(app):
        if isinstance(route.gate, Requires):
            assert re.fullmatch(rf"({resources}):(read|write|delete|admin|use)", route.gate.permission), route.name
            assert expected(route.gate, "admin") is None
        else:
            assert route.gate.reason


NOTHING_YET = ("no_copy_yet", "no_such_ref", "path_not_found", "bootstrap_not_found")
"""What reading answers where a project has no copy of its repository, and was begun without a PRD."""


KEPT_FROM_READERS = "/api/v1/webhooks/endpoints", "/api/v1/webhooks/messages"
"""Addresses that people had Loom call may hold keys; only who may change them reads them."""


async def test_reading_needs_no_more_than_reading(app: FastAPI) -> None:
    for route in documented(app):
        ours = not route.path.startswith(KEPT_FROM_READERS)
        if isinstance(route.gate, Requires) and ours and not route.gate.permission.startswith("system:"):
            reads = route.gate.permission.endswith(":read")
            assert reads == (route.method == "GET"), f"{route.name} asks for {route.gate.permission}"


async def test_each_caller_gets_from_each_route_what_its_gate_says(
    app: FastAPI, seeded: World, caller: str, http: AsyncClient
) -> None:
    let_in = 0
    for route, row in rows(app):
        wanted = expected(route.gate, caller)
        if wanted is None and route.name in ENDLESS:
            continue
        answer = await send(http, route, row, called(seeded, OWN, caller))
        got = answer.status_code, code(answer) if route.method != "HEAD" else ""
        if wanted is None:
            assert got[0] < 500 or got[1].startswith("provider_"), f"{caller}: {route.name} answers {got}"
            assert got[1] not in GATE_CODES or isinstance(route.gate, Public), f"{caller}: {route.name} answers {got}"
            read = route.method != "GET" or row.gate == "providers:read" or got[0] == 200 or got[1] in NOTHING_YET
            assert read, f"{caller}: {route.name}"
            let_in += 1
        else:
            assert got == wanted, f"{caller}: {route.name}"
            assert (got[0] == 401) == (answer.headers.get("www-authenticate") == "Bearer")
    assert let_in > 10


async def test_refusals_of_sessions_and_keys_say_nothing_more() -> None:
    assert {session_over().code, key_refused().code} < GATE_CODES
