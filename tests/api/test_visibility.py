"""What belongs to a project one does not see is answered as if it did not exist."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from httpx import AsyncClient, Response

from loom_app.auth import gate
from loom_app.kernel.database import Database
from tests.support import houses, people

MINE, THEIRS, NOWHERE = "zqmine", "zqtheirs", "zqabsent"
JSON = {"Content-Type": "application/json"}
OBJECTS = (
    "projects/{project_id}", "projects/{project_id}/members", "beads/{bead_id}", "beads/{bead_id}/conversation",
    "agents/{agent_id}", "runs/{run_id}", "decisions/{decision_id}", "org-charts/{project_id}",
    "conversations/{session_id}", "conversations?project_id={project_id}",
)  # fmt: skip


@pytest.fixture
async def mine(db: Database) -> dict[str, str]:
    return await houses.house(db, MINE)


@pytest.fixture
async def theirs(db: Database) -> dict[str, str]:
    return await houses.house(db, THEIRS)


@pytest.fixture
async def ann(app: FastAPI, mine: dict[str, str], theirs: dict[str, str]) -> AsyncIterator[AsyncClient]:
    """A user who sees one of two projects."""
    async with people.signed_in(app, "user", "ann", sees=[MINE]) as http:
        yield http


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route of the API that has a parameter in its path."""
    return [
        (method, route.path)
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and route.path and "{" in route.path
        for method in sorted(route.methods or ())
    ]


def address(path: str, ids: dict[str, str]) -> str:
    """`path` with names of things for its parameters; what has none in `ids` is called "none"."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: ids.get(found[1], "none"), path)


def told(answer: Response, ids: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    """An answer without what must differ: the ids it was asked for, the request's own id and how much is left."""
    text = answer.text
    for name, value in sorted(ids.items(), key=lambda item: -len(item[1])):
        text = text.replace(value, f"<{name}>")
    differing = ("x-request-id", "content-length", "date")
    return (
        answer.status_code,
        text,
        {name: value for name, value in answer.headers.items() if name not in differing and "ratelimit" not in name},
    )


async def test_every_path_parameter_is_looked_at_before_the_route(app: FastAPI) -> None:
    named = {name for _, path in routes(app) for name in re.findall(r"{(\w+)", path)}
    assert named <= gate.looks.keys() | gate.OF_NO_PROJECT.keys()
    assert not gate.looks.keys() & gate.OF_NO_PROJECT.keys()


@pytest.mark.parametrize("body", [None, {}, {"nonsense": True}, {"title": "x"}, {"name": "x"}, {"agent_id": ""}])
async def test_things_of_other_projects_do_not_exist(
    app: FastAPI, ann: AsyncClient, mine: dict[str, str], theirs: dict[str, str], body: Any
) -> None:
    absent = {name: value.replace(THEIRS, NOWHERE) for name, value in theirs.items()} | {"decision_id": "bd-dec-none"}
    fixed = {"username": "ann", "depends_on_id": f"{MINE}-1", "file_path": "src/a.py"}
    tried = 0
    for method, path in routes(app):
        if not set(re.findall(r"{(\w+)}", path)) & theirs.keys():
            continue
        hidden, missing = (
            await ann.request(method, address(path, {**theirs, **fixed}), json=body),
            await ann.request(method, address(path, {**absent, **fixed}), json=body),
        )
        assert told(hidden, theirs) == told(missing, absent), f"{method} {path}"
        assert hidden.status_code in (403, 404), f"{method} {path}"
        tried += hidden.status_code == 404
    assert tried > 10


async def test_a_member_of_both_reads_both(app: FastAPI, mine: dict[str, str], theirs: dict[str, str]) -> None:
    async with people.signed_in(app, "viewer", "bob", sees=[MINE, THEIRS]) as bob:
        for ids in (mine, theirs):
            for path in OBJECTS:
                answer = await bob.get(f"/api/v1/{path.format_map(ids)}")
                assert answer.status_code == 200, answer.text
        assert (await bob.get("/api/v1/projects")).headers["x-total-count"] == "2"


async def test_lists_and_their_counts_end_at_what_is_seen(ann: AsyncClient) -> None:
    for room in ("projects", "beads", "agents", "runs", "decisions"):
        whole = await ann.get(f"/api/v1/{room}")
        assert THEIRS not in houses.said(whole)
        assert MINE in whole.text
        assert whole.headers["x-total-count"] == str(len(whole.json()))
        page = await ann.get(f"/api/v1/{room}", params={"limit": 1})
        assert page.headers["x-total-count"] == whole.headers["x-total-count"]
        if room != "projects":
            other = await ann.get(f"/api/v1/{room}", params={"project_id": THEIRS})
            assert (other.json(), other.headers["x-total-count"]) == ([], "0")


async def test_whoever_sees_no_project_sees_nothing_at_all(app: FastAPI, mine: dict[str, str]) -> None:
    async with people.signed_in(app, "user", "carl") as carl:
        for room in ("projects", "beads", "agents", "runs", "decisions"):
            answer = await carl.get(f"/api/v1/{room}")
            assert (answer.json(), answer.headers["x-total-count"]) == ([], "0")
        status = (await carl.get("/api/v1/system/status")).json()
        assert set(status["queue"].values()) == {0}
        assert status["last_failures"] == []
        assert (await carl.get("/api/v1/work-graph")).json()["beads"] == {}
        assert (await carl.get("/api/v1/events/stats")).json()["total"] == 0


async def test_what_a_body_names_of_other_projects_does_not_exist(ann: AsyncClient, theirs: dict[str, str]) -> None:
    beads = "/api/v1/beads"
    hidden = theirs["bead_id"]
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", beads, {"title": "x", "project_id": THEIRS}),
        ("PATCH", f"{beads}/{MINE}-1", {"project_id": THEIRS}),
        ("POST", f"{beads}/{MINE}-1/dependencies", {"depends_on_id": hidden}),
        ("POST", f"{beads}/{MINE}-1/claim", {"agent_id": theirs["agent_id"]}),
        ("POST", "/api/v1/agents", {"persona_name": "default/qa-engineer", "project_id": THEIRS}),
    ]
    for name in ("parent", "blocked_by", "blocks", "children", "related_to"):
        value: Any = hidden if name == "parent" else [hidden]
        tries.append(("POST", beads, {"title": "x", "project_id": MINE, name: value}))
        tries.append(("PATCH", f"{beads}/{MINE}-1", {name: value}))
    for method, path, body in tries:
        first = await ann.request(method, path, json=body)
        second = await ann.request(method, path, content=json.dumps(body).replace(THEIRS, NOWHERE), headers=JSON)
        assert first.status_code in (400, 404), first.text
        same = (first.status_code, first.text.replace(THEIRS, NOWHERE)) == (second.status_code, second.text)
        assert same, f"{method} {path} {body}: {first.text} {second.text}"
