"""GET /work-graph: what it shows of a project, narrowed in every way, and nothing of projects that are not seen."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads.models import Bead, Dependency
from loom_app.beads.settling import settle_all
from loom_app.kernel.database import Database
from tests.beads.making import project
from tests.support import houses, people

GRAPH = "/api/v1/work-graph"
BEADS = (
    {"id": "t-epic", "type": "epic", "estimated_time": 900},
    {"id": "t-plan", "status": "done", "estimated_time": 5000},
    {"id": "t-walls", "assigned_to": "ann", "priority": 0, "estimated_time": 60, "description": "four of them"},
    {"id": "t-roof", "assigned_to": "bob", "estimated_time": 90, "tags": ["high", "dry"]},
    {"id": "t-move", "status": "blocked", "estimated_time": 30},
    {"id": "t-lamp", "type": "bug", "status": "in_progress"},
    {"id": "t-gone", "source_status": "tombstone", "status": "done"},
)
LINKS = (
    ("t-walls", "t-plan", "blocks"), ("t-walls", "t-epic", "parent-child"), ("t-roof", "t-epic", "parent-child"),
    ("t-roof", "t-walls", "blocks"), ("t-move", "t-epic", "blocks"), ("t-lamp", "t-move", "related"),
    ("t-roof", "external:shop:1", "blocks"),
)  # fmt: skip
LEFT = {"t-epic", "t-walls", "t-roof", "t-move", "t-lamp"}
CHAIN = ["t-walls", "t-roof", "t-epic", "t-move"]


@pytest.fixture
async def house(db: Database) -> None:
    await project(db)
    async with db.write() as tx:
        for given in BEADS:
            tx.add(Bead(project_id="p", title=f"The {given['id']}", **given))
        await tx.flush()
        for bead_id, depends_on_id, type_ in LINKS:
            tx.add(Dependency(bead_id=bead_id, depends_on_id=depends_on_id, type=type_))
        await settle_all(tx)


async def asked(client: AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await client.get(GRAPH, params=wanted)
    assert answer.status_code == 200, answer.text
    graph: dict[str, Any] = answer.json()
    return graph


async def test_the_longest_chain_of_work_left_is_told_with_its_minutes(client: AsyncClient, house: None) -> None:
    graph = await asked(client, project_id="p")
    assert set(graph["beads"]) == LEFT | {"t-plan"}
    assert (graph["critical_path"], graph["critical_path_minutes"], graph["critical_path_beads"]) == (CHAIN, 180, 4)
    assert (graph["assumed_minutes"], graph["cycles"], graph["total"]) == (60, [], 6)
    assert graph["beads"]["t-walls"]["description"] == "four of them"
    empty = await asked(client, project_id="none")
    assert (empty["beads"], empty["edges"], empty["critical_path"], empty["updated_at"]) == ({}, [], [], None)


async def test_every_filter_narrows_the_beads_and_with_them_the_chain(client: AsyncClient, house: None) -> None:
    for wanted, ids in (
        ({"include_done": False}, LEFT),
        ({"include_done": False, "status": "done"}, set()),
        ({"status": "closed"}, {"t-plan"}),
        ({"status": "blocked,in_progress"}, {"t-move", "t-lamp"}),
        ({"type": "epic,bug"}, {"t-epic", "t-lamp"}),
        ({"assigned_to": "ann"}, {"t-walls"}),
        ({"priority": "0"}, {"t-walls"}),
        ({"tag": "dry"}, {"t-roof"}),
        ({"ids": "t-walls, t-roof,t-gone,nothing"}, {"t-walls", "t-roof"}),
        ({"ids": ","}, set()),
        ({"root": "t-move", "depth": 0}, {"t-move"}),
        ({"root": "t-move", "depth": 1}, {"t-move", "t-epic", "t-lamp"}),
        ({"root": "t-move"}, LEFT),
        ({"root": "t-move", "depth": 20}, LEFT | {"t-plan"}),
        ({"root": "t-move", "depth": 1, "ids": "t-epic,t-walls"}, {"t-epic"}),
        ({"root": "t-move", "depth": 1, "project_id": "none"}, set()),
        ({"root": "t-move", "type": "epic"}, {"t-epic"}),
    ):
        graph = await asked(client, **wanted)
        assert set(graph["beads"]) == ids, wanted
        assert set(graph["critical_path"]) <= ids - {"t-plan"}
        assert all({edge["from"], edge["to"]} <= ids for edge in graph["edges"])
    graph = await asked(client, ids="t-walls,t-roof")
    assert (graph["critical_path"], graph["critical_path_minutes"]) == (["t-walls", "t-roof"], 150)


async def test_compact_leaves_out_the_texts_and_says_the_same_else(client: AsyncClient, house: None) -> None:
    whole, brief = await asked(client, project_id="p"), await asked(client, project_id="p", compact=True)
    assert {key: brief[key] for key in brief if key != "beads"} == {key: whole[key] for key in whole if key != "beads"}
    assert set(brief["beads"]["t-roof"]) == {
        "id", "type", "title", "status", "source_status", "priority", "project_id", "assigned_to", "is_blocked",
        "tags", "estimated_time", "updated_at",
    }  # fmt: skip
    for bead_id, bead in brief["beads"].items():
        assert bead == {key: whole["beads"][bead_id][key] for key in bead}
    assert brief["beads"]["t-roof"]["is_blocked"]


async def test_what_is_wrong_is_told(client: AsyncClient, house: None) -> None:
    for wanted, status, code in (
        ({"root": "t-none"}, 404, "bead_not_found"),
        ({"priority": "7"}, 400, "bad_priority"),
        ({"depth": "21"}, 422, None), ({"depth": "-1"}, 422, None), ({"include_done": "perhaps"}, 422, None),
    ):  # fmt: skip
        answer = await client.get(GRAPH, params=wanted)
        assert answer.status_code == status, answer.text
        assert code is None or answer.json()["code"] == code


async def test_beads_that_wait_for_each_other_are_named_and_do_no_harm(
    client: AsyncClient, db: Database, house: None
) -> None:
    for link in (("t-walls", "t-roof", "blocks"), ("t-lamp", "t-lamp", "blocks"), ("t-plan", "t-move", "blocks")):
        await houses.link(db, *link)
    graph = await asked(client, project_id="p")
    assert graph["cycles"] == [["t-lamp", "t-lamp"], ["t-roof", "t-walls", "t-roof"]]
    assert graph["critical_path_minutes"] > 0


async def test_who_waited_for_any_one_child_waits_no_longer_when_it_is_done(
    client: AsyncClient, db: Database, house: None
) -> None:
    async with db.write() as tx:
        tx.add(Dependency(bead_id="t-lamp", depends_on_id="t-epic", type="waits-for", gate="any-children"))
        tx.add(Dependency(bead_id="t-plan", depends_on_id="t-epic", type="parent-child"))
        await settle_all(tx)
    for more in ({}, {"include_done": False}):
        graph = await asked(client, project_id="p", **more)
        assert (graph["critical_path"], graph["critical_path_minutes"]) == (CHAIN, 180)


async def test_nothing_is_told_of_projects_one_does_not_see(app: FastAPI, db: Database, client: AsyncClient) -> None:
    mine, theirs = "zqmine", "zqtheirs"
    await houses.house(db, mine)
    await houses.house(db, theirs)
    for bead_id, target in ((f"{mine}-1", f"{theirs}-1"), (f"{theirs}-1", f"{mine}-2"), (f"{mine}-3", f"{theirs}-2")):
        await houses.link(db, bead_id, target)
    async with people.signed_in(app, "user", "ann", sees=[mine]) as ann:
        for path in ("?", f"?root={mine}-1&depth=9", f"?ids={mine}-1,{theirs}-1", f"?project_id={theirs}"):
            for more in ("", "&compact=1", "&include_done=0"):
                told = await ann.get(f"{GRAPH}{path}{more}")
                assert theirs not in told.text
                assert told.json()["total"] == len(told.json()["beads"])
        near = (await ann.get(f"{GRAPH}?root={mine}-1&depth=9")).json()["beads"]
        assert set(near) == {f"{mine}-1", f"{mine}-2"}, "not what is reached only through a project that is hidden"
        hidden = await ann.get(f"{GRAPH}?root={theirs}-1")
        absent = await ann.get(f"{GRAPH}?root=zqabsent-1")
        assert (hidden.status_code, hidden.text.replace(theirs, "zqabsent")) == (404, absent.text)
    assert f"{theirs}-1" in (await asked(client, root=f"{mine}-1", depth=9))["beads"]


async def test_more_beads_than_one_graph_shows_are_cut_and_counted(
    client: AsyncClient, db: Database, monkeypatch: pytest.MonkeyPatch, house: None
) -> None:
    monkeypatch.setattr("loom_app.beads.work_graph.MOST", 3)
    graph = await asked(client, project_id="p")
    assert (len(graph["beads"]), graph["total"]) == (3, 6)
    assert all({edge["from"], edge["to"]} <= set(graph["beads"]) for edge in graph["edges"])
