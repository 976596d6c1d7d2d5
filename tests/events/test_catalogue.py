"""The catalogue of events: what the code writes is in it, and what is in it the code writes."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from httpx import AsyncClient

import loom_app
from loom_app.events.catalogue import CATALOGUE, ELSEWHERE, FEED, TABLES, named
from loom_app.events.event_type import Priority
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Invalid

BUSY = ("bead", "agent", "project", "provider", "decision", "motivation")
OF_THE_FIRST_LOOM = (
    "agent.spawned", "agent.status_change", "agent.heartbeat", "agent.completed", "bead.created", "bead.assigned",
    "bead.status_change", "bead.completed", "decision.created", "decision.resolved", "provider.registered",
    "provider.deleted", "provider.updated", "project.created", "project.updated", "project.deleted", "config.updated",
    "log.message", "workflow.started", "workflow.completed", "motivation.fired", "motivation.enabled",
    "motivation.disabled", "deadline.approaching", "deadline.passed", "system.idle", "openclaw.message_sent",
    "openclaw.message_failed", "openclaw.message_received", "openclaw.reply_processed",
)  # fmt: skip
SOURCES = Path(loom_app.__file__).parent
WORDED = {"event_words.py", "catalogue.py", *(path.name for path in (SOURCES / "events").glob("types_*.py"))}


@dataclass
class Written:
    """One place that writes events: the type as the code has it, None for one that is passed in, and keys of data."""

    place: str
    type: str | None
    keys: set[str] = field(default_factory=set)


def test_every_type_of_the_first_loom_is_there_or_told_by_others() -> None:
    assert len(OF_THE_FIRST_LOOM) == 30
    assert [name for name in OF_THE_FIRST_LOOM if (name in CATALOGUE) == (name in ELSEWHERE)] == []
    assert {ours for told_by in ELSEWHERE.values() for ours in told_by} <= set(CATALOGUE)


def test_a_type_stands_there_once_and_tells_its_subject_at_most_once() -> None:
    assert sum(len(types) for types in TABLES.values()) == len(CATALOGUE)
    for one in CATALOGUE.values():
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", one.name)
        assert one.words.count("{}") <= 1, one.name
        assert len(set(one.fields)) == len(one.fields), one.name
        assert f"{one.resource_type}.{one.action}" == one.name


def test_the_feed_shows_what_the_first_loom_kept() -> None:
    kept = {name for name in OF_THE_FIRST_LOOM if name.startswith(BUSY)}
    assert kept - {"agent.heartbeat"} <= FEED
    assert {"run.started", "run.ended"} <= FEED


def test_priorities_are_in_order() -> None:
    assert [one.rank for one in Priority] == [0, 1, 2, 3]
    assert CATALOGUE["bead.assigned"].priority == Priority.HIGH


async def test_what_is_not_in_the_catalogue_is_not_written(db: Database) -> None:
    with pytest.raises(ValueError, match="catalogue"):
        async with db.write() as tx:
            append(tx, "bead.creatd", actor=SYSTEM)


def test_each_place_that_writes_names_types_and_fields_of_the_catalogue() -> None:
    places = list(_written())
    assert len(places) > 80
    for one in places:
        if one.type is not None and "*" not in one.type:
            assert one.type in CATALOGUE, one
            assert one.keys <= set(CATALOGUE[one.type].fields), one
        else:
            fitting = _fitting(one.type)
            assert fitting, one
            assert any(one.keys <= set(CATALOGUE[name].fields) for name in fitting), one


def test_each_type_is_written_somewhere() -> None:
    text = "\n".join(_sources().values())
    quoted = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', text))
    begun = tuple(re.findall(r'f"([a-z_]+\.[a-z_]*)\{', text))
    assert [name for name in CATALOGUE if name not in quoted and not name.startswith(begun)] == []


def test_filters_take_names_of_the_first_loom_and_refuse_what_is_none() -> None:
    assert named(None) is None
    assert named(" , ") is None
    assert named("bead.created, workflow.completed") == frozenset({"bead.created", "run.ended"})
    assert named("agent.heartbeat") == frozenset(), "it is asked for and there is none"
    with pytest.raises(Invalid, match=r"bead\.creatd"):
        named("bead.created,bead.creatd")


async def test_the_catalogue_is_given_and_stands_in_the_description(client: AsyncClient) -> None:
    answer = (await client.get("/api/v1/events/types")).json()
    assert answer["count"] == len(CATALOGUE)
    created = next(one for one in answer["types"] if one["type"] == "bead.created")
    assert (created["action"], created["resource_type"], created["priority"]) == ("created", "bead", "normal")
    assert {"type": "workflow.completed", "told_by": ["run.ended"]} in answer["elsewhere"]
    schema = (await client.get("/api/openapi.json")).json()["components"]["schemas"]["EventView"]
    assert schema["properties"]["type"]["enum"] == list(CATALOGUE)
    refused = await client.get("/api/v1/events", params={"type": "bead.creatd"})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_event_type")


@cache
def _sources() -> dict[str, str]:
    paths = [path for path in sorted(SOURCES.rglob("*.py")) if path.name not in WORDED]
    return {str(path.relative_to(SOURCES)): path.read_text() for path in paths}


def _written() -> Iterator[Written]:
    for place, text in _sources().items():
        for function in _functions(text) if re.search(r"\bappend\(\s*tx\b", text) else ():
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "append":
                    data = next((word.value for word in call.keywords if word.arg == "data"), None)
                    yield Written(f"{place}:{call.lineno}", _type(call.args[1]), _keys(function, data))


def _functions(text: str) -> list[ast.AST]:
    found = ast.walk(ast.parse(text))
    return [node for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _type(node: ast.expr) -> str | None:
    """A constant as it is, an f-string with * for what is put in, None for anything else."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return None


def _keys(function: ast.AST, data: ast.expr | None) -> set[str]:
    """The keys of `data` that the function itself names."""
    if isinstance(data, ast.Dict):
        return {key.value for key in data.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    if isinstance(data, ast.BinOp):
        return _keys(function, data.left) | _keys(function, data.right)
    keys: set[str] = set()
    if isinstance(data, ast.Name):
        for node in ast.walk(function):
            if isinstance(node, ast.Assign | ast.AnnAssign):
                to = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(to, ast.Name) and to.id == data.id and isinstance(node.value, ast.Dict | ast.BinOp):
                    keys |= _keys(function, node.value)
    return keys


def _fitting(type_: str | None) -> list[str]:
    if type_ is None:
        return list(CATALOGUE)
    pattern = re.compile(type_.replace(".", r"\.").replace("*", "[a-z_]+"))
    return [name for name in CATALOGUE if pattern.fullmatch(name)]
