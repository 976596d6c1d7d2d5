"""Nobody reads outside their projects: users, roles, memberships and projects at random, and every way to read.

Each project has a word of its own in every id and text it has. The word of a project that somebody does not see must
not turn up in anything the application answers them, wherever they look and whatever they filter by.
"""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from loom_app.auth.permissions import Role
from loom_app.config import Settings
from loom_app.kernel.database import Database
from tests.support import houses, people
from tests.support.streaming import Stream, open_stream
from tests.support.world import UNLIMITED

PLAIN_ROLES = [Role.USER, Role.VIEWER]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that limit nobody: a walk asks more often than people may."""
    return Settings(data_dir=tmp_path / "data", limits=UNLIMITED)


@dataclass(frozen=True)
class World:
    """How many projects there are, who sees which, and which depend on which."""

    projects: int
    people: list[tuple[Role, frozenset[int]]] = field(default_factory=list)
    links: list[tuple[int, int, str]] = field(default_factory=list)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(2, 4))
    numbers = st.integers(0, count - 1)
    person = st.tuples(st.sampled_from(PLAIN_ROLES), st.frozensets(numbers, max_size=count - 1))
    link = st.tuples(numbers, numbers, st.sampled_from(["blocks", "parent-child", "related", "waits-for"]))
    links = [one for one in draw(st.lists(link, max_size=4, unique_by=lambda one: one[:2])) if one[0] != one[1]]
    return World(count, draw(st.lists(person, min_size=1, max_size=2)), links)


def asks(app: FastAPI, known: list[dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every GET the API describes: lists as they are and by each filter, things by the ids of every project."""
    for path, parameters in houses.reads(app):
        filters = [one["name"] for one in parameters if one["in"] == "query"]
        orders = [one["schema"]["enum"][-1] for one in parameters if one["name"] == "sort"]
        needed = {one["name"] for one in parameters if one["in"] == "query" and one.get("required")}
        for ids in known if re.search(r"{\w+}", path) else known[:1]:
            given = ids | {"ids": ids["bead_id"]}
            if {*re.findall(r"{(\w+)}", path), *needed} <= given.keys():
                yield path.format_map(given), {name: given[name] for name in needed}
        if "{" not in path:
            for ids in known:
                values = [*_values(ids), *(("sort", order) for order in orders)]
                yield from ((path, {name: value}) for name, value in values if name in filters and needed <= {name})


def _values(ids: dict[str, str]) -> list[tuple[str, str]]:
    texts = [("q", ids["project_id"]), ("tag", ids["project_id"]), ("assigned_to", ids["agent_id"])]
    return [*ids.items(), *texts, ("subject_id", ids["bead_id"]), ("limit", "1")]


async def told(http: AsyncClient, path: str, query: dict[str, str]) -> str:
    """What is answered, without the words of the question."""
    answer = await http.get(path, params=query)
    assert answer.status_code in (200, 403, 404, 409), answer.text
    said = houses.said(answer).replace(path, "<path>")
    if answer.status_code == 404:
        for part in (*path.split("/"), *query.values()):
            said = said.replace(repr(part), "<asked>")
    return said


async def streamed(app: FastAPI, http: AsyncClient) -> str:
    """Everything the stream tells from the first event to the newest."""
    last = (await http.get("/api/v1/events/stats")).json()["last_seq"]
    newest = (await http.get("/api/v1/events", params={"limit": 1})).json()["events"]
    until = newest[0]["seq"] if newest else 0
    headers = {"Authorization": http.headers["Authorization"], "Host": "127.0.0.1:8080", "Last-Event-ID": "0"}
    heard = [json.dumps(newest)]
    async with open_stream(app, "/api/v1/events/stream", headers) as stream:
        assert (await stream.event())["event"] == "connected"
        while until and int((message := await _next(stream, heard))["id"]) < until:
            assert int(message["id"]) <= last
    return "".join(heard)


async def _next(stream: Stream, heard: list[str]) -> dict[str, str]:
    message = await stream.event()
    heard.append(message["data"])
    return message


@hypothesis.settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(world=worlds())
async def test_nobody_is_told_of_projects_they_do_not_see(app: FastAPI, db: Database, world: World) -> None:
    marks = [f"zq{uuid.uuid4().hex[:8]}" for _ in range(world.projects)]
    known = [await houses.house(db, mark) for mark in marks]
    for start, end, type_ in world.links:
        await houses.link(db, f"{marks[start]}-1", f"{marks[end]}-3", type_)
    for role, seen in world.people:
        sees = [marks[number] for number in sorted(seen)]
        hidden = [mark for mark in marks if mark not in sees]
        async with people.signed_in(app, role, f"u-{uuid.uuid4().hex[:8]}", sees=sees) as http:
            await _check(app, http, known, sees, hidden)


async def _check(
    app: FastAPI, http: AsyncClient, known: list[dict[str, Any]], sees: list[str], hidden: list[str]
) -> None:
    found: set[str] = set()
    for path, query in asks(app, known):
        said = await told(http, path, query)
        leaked = [mark for mark in hidden if mark in said]
        assert not leaked, f"{path} {query}: {said}"
        found |= {mark for mark in sees if mark in said}
    assert found == set(sees), "what one sees does turn up"
    stream = await streamed(app, http)
    assert not [mark for mark in hidden if mark in stream]
    assert all(mark in stream for mark in sees)
