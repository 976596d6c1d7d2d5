"""Several beads changed at once, beads deleted and brought back, statuses of the beads tool, and what is refused."""

import asyncio
import json
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beadfiles.interchange import export_text, import_text
from loom_app.beads.models import Lease
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import ahead
from loom_app.kernel.database import Database
from tests.beads.making import PERSON, events, project
from tests.support import people

BEADS = "/api/v1/beads"
TIMES = '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"'


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def make(client: AsyncClient, title: str = "x", **fields: Any) -> str:
    answer = await client.post(BEADS, json={"project_id": "p", "title": title, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_many_are_changed_with_one_change_that_undoes_as_one(client: AsyncClient, db: Database) -> None:
    await project(db, "q", "q")
    a, b, c = await make(client, "a", tags=["x"]), await make(client, "b"), await make(client, "c", project_id="q")
    done = await make(client, "done", tags=["y"], priority=0)
    body = {
        "ids": [a, b, c, done],
        "change": {"priority": 0, "reason": "urgent"},
        "add_tags": ["y"],
        "remove_tags": ["x"],
    }
    answer = await client.patch(BEADS, json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["changed"], answer.json()["unchanged"]) == ([a, b, c], [done])
    shown = {bead["id"]: (bead["priority"], bead["tags"]) for bead in (await client.get(BEADS)).json()}
    assert shown == dict.fromkeys((a, b, c, done), (0, ["y"]))
    again = (await client.patch(BEADS, json=body)).json()
    assert (again["change_id"], again["changed"]) == (None, [])
    undone = await client.post(f"{BEADS}/undo", json={"change_id": answer.json()["change_id"]})
    assert undone.json()["changed"] == sorted([a, b, c])
    shown = {bead["id"]: (bead["priority"], bead["tags"]) for bead in (await client.get(BEADS)).json()}
    assert (shown[a], shown[b], shown[done]) == ((2, ["x"]), (2, []), (0, ["y"]))


async def test_many_are_put_under_another_epic_all_or_none(client: AsyncClient, db: Database) -> None:
    one, other = await make(client, "one", type="epic"), await make(client, "other", type="epic")
    a, b, c = [await make(client, name, parent=one) for name in "abc"]
    moved = await client.patch(BEADS, json={"ids": [a, b], "change": {"parent": other, "status": "in_progress"}})
    assert moved.status_code == 200, moved.text

    async def parents() -> list[str | None]:
        return [(await client.get(f"{BEADS}/{bead_id}")).json()["parent"] for bead_id in (a, b, c)]

    assert await parents() == [other, other, one]
    circle = await client.patch(BEADS, json={"ids": [c, other], "change": {"parent": a}})
    assert (circle.status_code, circle.json()["code"]) == (409, "dependency_cycle")
    assert circle.json()["cycle"] == [other, a, other]
    unknown = await client.patch(BEADS, json={"ids": [a, b], "change": {"parent": "t-none"}})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "bead_unknown")
    assert await parents() == [other, other, one]
    out = await client.patch(BEADS, json={"ids": [a, b, c], "change": {"parent": None}})
    assert (await parents(), out.json()["changed"]) == ([None] * 3, [a, b, c])
    for done in (out, moved):
        undone = await client.post(f"{BEADS}/undo", json={"change_id": done.json()["change_id"]})
        assert undone.status_code == 200, undone.text
    assert await parents() == [one] * 3


async def test_closing_many_tells_once_whom_that_sets_free(client: AsyncClient, db: Database) -> None:
    a, b = await make(client, "a"), await make(client, "b")
    waiting = await make(client, "waiting", blocked_by=[a, b])
    assert (await client.patch(BEADS, json={"ids": [a, b], "change": {"status": "closed"}})).status_code == 200
    assert [event[1] for event in await events(db, "bead.unblocked")] == [waiting]


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({"ids": ["{a}", "{a}"], "change": {"priority": 0}}, 400, "{a} more than once"),
        ({"ids": ["{a}", "t-none"], "change": {"priority": 0}}, 404, "t-none"),
        ({"ids": ["{a}", "{done}"], "change": {"status": "in_progress"}}, 409, "{done} is done"),
        ({"ids": ["{a}", "{b}"], "change": {"status": "flying"}}, 400, "'flying' is no status"),
        ({"ids": ["{a}"], "change": {"project_id": "nope"}}, 404, "nope"),
        ({"ids": ["{a}"], "change": {"blocked_by": []}}, 422, "blocked_by"),
        ({"ids": [], "change": {"priority": 0}}, 422, "ids"),
        ({"ids": ["x"] * 501, "change": {"priority": 0}}, 422, "ids"),
        ({"ids": ["{a}"], "add_tags": [f"t{number}" for number in range(50)]}, 400, "51 tags"),
    ],
)
async def test_one_refusal_leaves_all_as_they_were(
    client: AsyncClient, body: dict[str, Any], status: int, names: str
) -> None:
    ids = {"a": await make(client, "a", tags=["first"]), "b": await make(client, "b"), "done": await make(client, "d")}
    await client.patch(f"{BEADS}/{ids['done']}", json={"status": "done"})
    before = (await client.get(BEADS)).json()
    wanted = {**body, "ids": [one.format(**ids) for one in body["ids"]]}
    answer = await client.patch(BEADS, json=wanted)
    assert answer.status_code == status, answer.text
    assert names.format(**ids) in answer.text
    assert (await client.get(BEADS)).json() == before


async def test_a_deleted_bead_is_nowhere_and_can_come_back(client: AsyncClient, db: Database) -> None:
    gone = await make(client, "gone")
    waiting = await make(client, "waiting", blocked_by=[gone], related_to=[])
    epic = await make(client, "epic", children=[gone])
    answer = await client.delete(f"{BEADS}/{gone}?reason=twice%20there")
    assert (answer.status_code, answer.content) == (204, b"")
    refused = await client.get(f"{BEADS}/{gone}")
    assert (refused.status_code, refused.json()["code"]) == (404, "bead_deleted")
    assert refused.json()["change_id"] == answer.headers["Change-Id"]
    assert refused.json()["detail"].startswith(f"{gone} was deleted by admin at 20")
    assert "(twice there). POST /api/v1/beads/undo with" in refused.json()["detail"]
    for path in (BEADS, f"{BEADS}?q=gone", f"{BEADS}/{waiting}", f"{BEADS}/{epic}", f"{BEADS}/{waiting}/dependencies",
                 "/api/v1/work-graph", "/api/v1/board?project_id=p"):  # fmt: skip
        assert f'"{gone}"' not in (await client.get(path)).text, path
    assert (await client.get(f"{BEADS}/{waiting}")).json()["is_blocked"] is False
    assert (await client.get(f"{BEADS}?project_id=p")).headers["X-Total-Count"] == "2"
    for method, path, body in (
        ("PATCH", "", {"title": "y"}), ("DELETE", "", None), ("POST", "/redispatch", {}),
        ("POST", "/comments", {"content": "x"}), ("POST", "/claim", {}), ("GET", "/dependencies", None),
    ):  # fmt: skip
        found = await client.request(method, f"{BEADS}/{gone}{path}", json=body)
        assert (found.status_code, found.json()["code"]) == (404, "bead_deleted"), path
    linked = await client.post(f"{BEADS}/{epic}/dependencies", json={"depends_on_id": gone})
    assert (linked.status_code, linked.json()["code"]) == (400, "bead_deleted")
    entries = (await client.get(f"{BEADS}/{gone}/history")).json()["entries"]
    assert (entries[0]["field"], entries[0]["to"], entries[0]["why"]) == ("deleted", True, "twice there")
    back = await client.post(f"{BEADS}/undo", json={"change_id": entries[0]["change_id"]})
    assert back.status_code == 200
    assert (await client.get(f"{BEADS}/{waiting}")).json()["blocked_by"] == [gone]
    assert [e[0] for e in await events(db, "bead.deleted", "bead.restored")] == ["bead.deleted", "bead.restored"]


async def test_a_deleted_bead_is_a_tombstone_in_the_file_until_it_comes_back(client: AsyncClient, db: Database) -> None:
    line = '{"id":"f-1","title":"one","priority":0,"issue_type":"bug","owner":"o@x","wisp_plane":true,' + TIMES + "}\n"
    async with db.write() as tx:
        await import_text(tx, "p", line, actor=PERSON)
    answer = await client.delete(f"{BEADS}/f-1?reason=gone")

    async def exported() -> dict[str, Any]:
        async with db.read() as tx:
            return dict(json.loads(await export_text(tx, "p", actor=SYSTEM)))

    found = await exported()
    assert (found["status"], found["deleted_by"], found["delete_reason"], found["original_type"]) == (
        "tombstone", "admin", "gone", "bug",
    )  # fmt: skip
    assert found["deleted_at"] <= found["updated_at"]
    assert (found["owner"], found["wisp_plane"], found["issue_type"]) == ("o@x", True, "bug")
    await client.post(f"{BEADS}/undo", json={"change_id": answer.headers["Change-Id"]})
    back = await exported()
    assert {key: value for key, value in back.items() if key not in ("updated_at", "status")} == {
        key: value for key, value in json.loads(line).items() if key != "updated_at"
    }


async def test_what_came_deleted_says_how_it_comes_back(client: AsyncClient, db: Database) -> None:
    told = '"status":"tombstone","deleted_at":"2026-01-01T00:00:00Z","deleted_by":"bo","delete_reason":"old"'
    async with db.write() as tx:
        text = '{"id":"f-1","title":"one",' + told + "," + TIMES + '}\n{"id":"f-2","title":"two",' + TIMES
        await import_text(tx, "p", text + ',"dependencies":[{"depends_on_id":"f-1","type":"blocks"}]}\n', actor=PERSON)
    detail = (await client.get(f"{BEADS}/f-1")).json()
    assert (detail["code"], detail["change_id"]) == ("bead_deleted", None)
    assert detail["detail"] == (
        "f-1 was deleted by bo at 2026-01-01T00:00:00Z (old). It came deleted with a file; a newer line of it in an "
        "import brings it back."
    )
    assert (await client.get(f"{BEADS}/f-2")).json()["blocked_by"] == []
    async with db.read() as tx:
        assert '"depends_on_id":"f-1"' in await export_text(tx, "p", actor=SYSTEM)
    taken = await client.post(BEADS, json={"project_id": "p", "title": "x", "blocked_by": ["f-1"]})
    assert taken.json()["code"] == "bead_deleted"


async def test_a_bead_at_work_is_not_deleted_and_deleting_takes_its_permission(
    client: AsyncClient, app: FastAPI, db: Database
) -> None:
    made = await make(client)
    async with people.signed_in(app, "user", "wim", sees=["p"]) as wim:
        assert (await wim.delete(f"{BEADS}/{made}")).status_code == 403
    async with db.write() as tx:
        tx.add(Lease(bead_id=made, token=1, holder="agent-1", run_id="run-1", expires_at=ahead(60)))
    refused = await client.delete(f"{BEADS}/{made}")
    assert (refused.status_code, refused.json()["code"], refused.json()["holder"]) == (409, "bead_held", "agent-1")
    assert "being worked on by agent-1" in refused.json()["detail"]


async def test_statuses_of_the_beads_tool_are_kept_beside_the_columns(client: AsyncClient, db: Database) -> None:
    made = await make(client)
    for status, column in (("deferred", "open"), ("hooked", "in_progress"), ("pinned", "open"), ("closed", "done")):
        shown = (await client.patch(f"{BEADS}/{made}", json={"status": status})).json()
        assert (shown["status"], shown["source_status"]) == (column, None if status == "closed" else status)
    shown = (await client.patch(f"{BEADS}/{made}", json={"status": "deferred"})).json()
    assert (shown["status"], shown["source_status"], shown["closed_at"]) == ("open", "deferred", None)
    refused = await client.patch(f"{BEADS}/{made}", json={"status": "in-review"})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_status")
    known = "open, in_progress, blocked, done, deferred, hooked, pinned"
    assert refused.json()["detail"].startswith(f"'in-review' is no status of a bead; it can be {known}.")
    async with db.write() as tx:
        await import_text(tx, "p", '{"id":"f-1","title":"x","status":"in-review",' + TIMES + "}\n", actor=PERSON)
    shown = (await client.patch(f"{BEADS}/{made}", json={"status": "in-review"})).json()
    assert (shown["status"], shown["source_status"]) == ("open", "in-review")
    tombstone = await client.patch(f"{BEADS}/{made}", json={"status": "tombstone"})
    assert (tombstone.status_code, tombstone.json()["code"]) == (400, "unknown_status")


async def test_dependencies_of_every_type_and_their_change(client: AsyncClient) -> None:
    a, b = await make(client, "a"), await make(client, "b")
    address = f"{BEADS}/{b}/dependencies"
    for kind in ("delegated-from", "My own, long ago", "x", "ü" * 50):
        assert (await client.post(address, json={"depends_on_id": a, "type": kind})).json()["type"] == kind
        assert (await client.delete(f"{address}/{a}")).status_code == 204
    for bad in ("", " ", "x" * 51, "a\nb", 7):
        assert (await client.post(address, json={"depends_on_id": a, "type": bad})).status_code == 422
    made = await client.post(address, json={"depends_on_id": a, "type": "waits-for", "gate": "any-children"})
    assert (made.json()["type"], made.json()["gate"]) == ("waits-for", "any-children")
    assert (await client.post(address, json={"depends_on_id": a})).json()["code"] == "dependency_exists"
    changed = await client.patch(f"{address}/{a}", json={"type": "conditional-blocks"})
    assert (changed.status_code, changed.json()["type"], changed.json()["gate"]) == (200, "conditional-blocks", "")
    await client.post(f"{BEADS}/{a}/dependencies", json={"depends_on_id": b, "type": "related"})
    cycle = await client.patch(f"{BEADS}/{a}/dependencies/{b}", json={"type": "blocks"})
    assert (cycle.status_code, cycle.json()["cycle"]) == (409, [a, b, a])
    assert (await client.patch(f"{address}/t-none", json={"type": "blocks"})).status_code == 404
    assert (await client.post(address, json={"depends_on_id": "external:other:o-1"})).status_code == 201
    for target in ("external:", "external:other", "external::o-1"):
        assert (await client.post(address, json={"depends_on_id": target})).json()["code"] == "bead_unknown"


async def test_bad_input_is_answered_with_a_sentence(client: AsyncClient) -> None:
    made = await make(client)
    long = await client.patch(f"{BEADS}/{made}", json={"description": "x" * 10_000_000})
    assert (long.status_code, bool(long.json()["detail"])) == (413, True)
    over = await client.patch(f"{BEADS}/{made}", json={"description": "x" * 100_001})
    assert (over.status_code, over.json()["faults"][0]["where"]) == (422, "body.description")
    bodies: list[dict[str, Any]] = [
        {"owner": "a\u0000"}, {"reason": "a\u0000"}, {"status": "a\u0000"}, {"pinned": "yes"}, {"spec_id": 1},
    ]  # fmt: skip
    for body in bodies:
        assert (await client.patch(f"{BEADS}/{made}", json=body)).status_code == 422, body
    both = {"blocked_by": [made]}
    assert (await client.patch(f"{BEADS}/{made}", json=both)).json()["code"] == "dependency_cycle"
    bodies = [{}, {"change_id": ""}, {"change_id": 7}, {"change_id": "x", "more": 1}]
    for body in bodies:
        assert (await client.post(f"{BEADS}/undo", json=body)).status_code == 422
    entries = (await client.get(f"{BEADS}/{made}/history")).json()
    assert [entry["field"] for entry in entries["entries"]] == ["created"]


async def test_two_who_undo_the_same_at_once_do_it_once(client: AsyncClient) -> None:
    made = await make(client, "one")
    change_id = (await client.patch(f"{BEADS}/{made}", json={"title": "two"})).json()["change_id"]
    answers = await asyncio.gather(*(client.post(f"{BEADS}/undo", json={"change_id": change_id}) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    assert (await client.get(f"{BEADS}/{made}")).json()["title"] == "one"
