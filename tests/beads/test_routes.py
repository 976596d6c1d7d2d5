import json
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.beads.models import Bead, Lease
from loom_app.kernel.clock import ahead, now
from loom_app.kernel.database import Database
from tests.beads.making import project
from tests.support import people

BEADS = "/api/v1/beads"
REFERENCE = {
    "id", "type", "title", "description", "status", "priority", "project_id", "assigned_to", "blocked_by", "blocks",
    "related_to", "parent", "children", "tags", "context", "due_date", "milestone_id", "estimated_time", "created_at",
    "updated_at", "closed_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def _project(db: Database) -> None:
    await project(db)


async def make(client: AsyncClient, title: str = "x", **fields: Any) -> dict[str, Any]:
    answer = await client.post(BEADS, json={"project_id": "p", "title": title, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_bead_is_shown_with_every_field(client: AsyncClient) -> None:
    epic = await make(client, "epic", type="epic")
    first = await make(client, "first", priority=0, parent=epic["id"])
    made = await make(
        client, "  second ", priority=4, parent=epic["id"], tags=["a"], context={"k": "v"}, blocked_by=[first["id"]],
        due_date="2026-03-01T10:00:00+02:00", estimated_time=30, related_to=[epic["id"]][:0],
    )  # fmt: skip
    assert set(made) >= REFERENCE
    assert (first["priority"], made["title"], made["due_date"]) == (0, "second", "2026-03-01T08:00:00Z")
    assert (made["is_blocked"], made["blocked_by"], made["parent"]) == (True, [first["id"]], epic["id"])
    since = f"{first['created_at'][:16].replace('T', ' ')} UTC"
    why = f"because {first['id']} “first” is not done, open since {since}, with nobody"
    assert made["blockers"] == [
        {"bead_id": first["id"], "why": why, "title": "first", "status": "open", "open_since": first["created_at"],
         "agent": None}
    ]  # fmt: skip
    got = (await client.get(f"{BEADS}/{epic['id']}")).json()
    assert set(got["children"]) == {first["id"], made["id"]}
    assert (await client.get(f"{BEADS}/{first['id']}")).json()["blocks"] == [made["id"]]
    listed = (await client.get(BEADS)).json()
    assert [bead["id"] for bead in listed] == [first["id"], epic["id"], made["id"]]
    assert listed[2] == {key: made[key] for key in made if key not in ("blockers", "change_id")}


async def test_a_lease_is_shown_while_it_lives_and_after(client: AsyncClient, db: Database) -> None:
    made = await make(client)
    assert made["lease"] is None
    async with db.write() as tx:
        tx.add(Lease(bead_id=made["id"], token=1, holder="agent-1", run_id="run-1", expires_at=ahead(60)))
    lease = (await client.get(BEADS)).json()[0]["lease"]
    assert (lease["holder"], lease["run_id"], lease["alive"]) == ("agent-1", "run-1", True)
    async with db.write() as tx:
        (await tx.get_one(Lease, made["id"])).expires_at = now()
    assert (await client.get(f"{BEADS}/{made['id']}")).json()["lease"]["alive"] is False


async def test_lists_are_filtered_and_paged(client: AsyncClient, db: Database) -> None:
    await project(db, "q", "q")
    for number in range(5):
        await make(
            client, f"Number {number}", priority=number, type="bug" if number % 2 else "task", tags=[f"t{number}"]
        )
    other = await make(client, "100% _sure", project_id="q", assigned_to="ann")
    await client.patch(f"{BEADS}/{other['id']}", json={"status": "closed"})

    async def ids(query: str) -> list[str]:
        answer = await client.get(f"{BEADS}?{query}")
        assert answer.headers["X-Total-Count"] == str(len(answer.json()))
        return [bead["title"] for bead in answer.json()]

    assert await ids("project_id=q") == ["100% _sure"]
    assert await ids("status=done") == await ids("status=closed") == ["100% _sure"]
    assert await ids("type=bug&priority=1,3,4") == ["Number 1", "Number 3"]
    assert await ids("assigned_to=bo,ann") == ["100% _sure"]
    assert await ids("tag=t2") == ["Number 2"]
    assert await ids("q=number%203") == ["Number 3"]
    assert await ids("q=100%25%20_sure") == ["100% _sure"]
    assert await ids("q=" + other["id"][:4]) == ["100% _sure"]
    assert await ids("status=open,blocked&project_id=nope") == []
    page = await client.get(f"{BEADS}?project_id=p&limit=2&offset=2")
    assert [bead["title"] for bead in page.json()] == ["Number 2", "Number 3"]
    assert page.headers["X-Total-Count"] == "5"
    assert 'rel="next"' in page.headers["Link"]
    past = await client.get(f"{BEADS}?project_id=p&offset=50")
    assert (past.json(), past.headers["X-Total-Count"]) == ([], "5")


async def test_lists_are_narrowed_to_children_and_to_what_can_be_taken_or_waits(client: AsyncClient) -> None:
    epic = await make(client, "epic", type="epic", due_date="2030-01-01T00:00:00Z", priority=0)
    one = await make(client, "one", parent=epic["id"], tags=["a"])
    two = await make(client, "two", parent=epic["id"], blocked_by=[one["id"]], due_date="2031-01-01T00:00:00Z")
    person = await make(client, "person", tags=["requires-human-config", "a"])

    async def ids(query: str) -> set[str]:
        answer = await client.get(f"{BEADS}?{query}")
        assert answer.headers["X-Total-Count"] == str(len(answer.json()))
        return {bead["id"] for bead in answer.json()}

    assert await ids(f"parent={epic['id']}") == {one["id"], two["id"]}
    assert await ids("parent=t-none") == set()
    assert await ids("ready=true") == {epic["id"], one["id"]}
    assert await ids("ready=true&tag=a") == {one["id"]}
    assert await ids("ready=false") == {two["id"], person["id"]}
    assert await ids("blocked=true") == {two["id"]}
    assert await ids(f"blocked=false&parent={epic['id']}") == {one["id"]}
    assert await ids("due_before=2030-06-01T00:00:00Z") == {epic["id"]}
    for bad in ("ready=perhaps", "due_before=soon", "due_before=2030-01-01"):
        assert (await client.get(f"{BEADS}?{bad}")).status_code in (400, 422)


@pytest.mark.parametrize("query", ["priority=high", "limit=0", "limit=1000", "offset=-1", "sort=colour", "priority=9"])
async def test_a_bad_query_is_refused(client: AsyncClient, query: str) -> None:
    assert (await client.get(f"{BEADS}?{query}")).status_code in (400, 422)


async def test_deleted_beads_are_not_listed(client: AsyncClient, db: Database) -> None:
    made = await make(client)
    async with db.write() as tx:
        found = await tx.get_one(Bead, made["id"])
        found.status, found.source_status = "done", "tombstone"
    assert (await client.get(BEADS)).json() == []
    assert len((await client.get(f"{BEADS}?status=tombstone")).json()) == 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "title"),
        ({"title": "x", "colour": "red"}, "colour"),
        ({"title": "   "}, "title"),
        ({"title": "a\nb"}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": None}, "title"),
        ({"title": 7}, "title"),
        ({"title": "a\u0000b"}, "title"),
        ({"title": "x", "description": "a\u0000b"}, "description"),
        ({"title": "x", "description": "x" * 100_001}, "description"),
        ({"title": "x", "priority": "1"}, "priority"),
        ({"title": "x", "priority": 5}, "priority"),
        ({"title": "x", "priority": -1}, "priority"),
        ({"title": "x", "priority": True}, "priority"),
        ({"title": "x", "priority": 1.5}, "priority"),
        ({"title": "x", "type": "No Such"}, "type"),
        ({"title": "x", "tags": "a"}, "tags"),
        ({"title": "x", "tags": [""]}, "tags"),
        ({"title": "x", "tags": ["t"] * 51}, "tags"),
        ({"title": "x", "context": []}, "context"),
        ({"title": "x", "context": {"k": "a\u0000"}}, "context"),
        ({"title": "x", "due_date": "tomorrow"}, "due_date"),
        ({"title": "x", "due_date": 1700000000}, "due_date"),
        ({"title": "x", "due_date": "2026-01-01T00:00:00"}, "due_date"),
        ({"title": "x", "estimated_time": -5}, "estimated_time"),
        ({"title": "x", "estimated_time": 10**12}, "estimated_time"),
        ({"title": "x", "blocked_by": ["a b"]}, "blocked_by"),
        ({"title": "x", "status": "open"}, "status"),
    ],
)
async def test_a_bad_body_is_refused_and_the_field_named(client: AsyncClient, body: dict[str, Any], where: str) -> None:
    answer = await client.post(BEADS, json={"project_id": "p", **body})
    assert answer.status_code == 422, answer.text
    assert any(where in fault["where"] for fault in answer.json()["faults"])
    assert (await client.get(BEADS)).json() == []


async def test_half_a_surrogate_and_nan_are_refused(client: AsyncClient) -> None:
    for status, body in (
        (422, '{"project_id":"p","title":"\\ud800"}'),
        (400, '{"project_id":"p","title":"x","context":{"k":NaN}}'),
        (422, '{"project_id":"p","title":"x","context":{"k":"\\udfff"}}'),
    ):
        answer = await client.post(BEADS, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == status, answer.text


async def test_a_patch_takes_every_field_that_can_be_written(client: AsyncClient) -> None:
    first, second = await make(client, "first"), await make(client, "second")
    wanted = {
        "title": "new", "type": "bug", "description": "d", "design": "ds", "acceptance_criteria": "ac", "notes": "n",
        "priority": 0, "assigned_to": "ann", "tags": ["x"], "context": {"a": 1}, "external_ref": "gh-1",
        "due_date": "2026-03-01T00:00:00Z", "defer_until": "2020-03-01T00:00:00Z", "estimated_time": 0,
        "blocked_by": [second["id"]], "related_to": [],
    }  # fmt: skip
    answer = await client.patch(f"{BEADS}/{first['id']}", json=wanted)
    assert answer.status_code == 200, answer.text
    assert {key: answer.json()[key] for key in wanted} == wanted
    emptied: dict[str, Any] = {
        "description": None,
        "assigned_to": None,
        "due_date": None,
        "estimated_time": None,
        "blocked_by": [],
    }
    shown = (await client.patch(f"{BEADS}/{first['id']}", json=emptied)).json()
    assert [shown[key] for key in emptied] == ["", "", None, None, []]
    for body in ({"title": None}, {"priority": None}, {"status": None}, {"colour": 1}, {"title": ""}):
        assert (await client.patch(f"{BEADS}/{first['id']}", json=body)).status_code == 422


async def test_a_patch_with_an_old_etag_is_refused(client: AsyncClient) -> None:
    made = await make(client)
    address = f"{BEADS}/{made['id']}"
    tag = (await client.get(address)).headers["ETag"]
    assert (await client.patch(address, json={"title": "y"}, headers={"If-Match": tag})).status_code == 200
    refused = await client.patch(address, json={"title": "z"}, headers={"If-Match": tag})
    assert (refused.status_code, refused.json()["code"]) == (409, "bead_changed")
    assert (await client.patch(address, json={"title": "z"}, headers={"If-Match": "*"})).status_code == 200
    assert (await client.patch(address, json={"title": "z"}, headers={"If-Match": '"x"'})).status_code == 400


async def test_a_person_may_start_a_blocked_bead_and_is_told(client: AsyncClient) -> None:
    first = await make(client, "first")
    second = await make(client, "second", blocked_by=[first["id"]])
    shown = (await client.patch(f"{BEADS}/{second['id']}", json={"status": "in_progress"})).json()
    assert shown["status"] == "in_progress"
    [warning] = shown["warnings"]
    assert warning.startswith(f"{second['id']} was set to work although it waits, because {first['id']} “first” is not")


async def test_dependencies_are_listed_added_and_removed(client: AsyncClient) -> None:
    first, second = await make(client, "first"), await make(client, "second")
    address = f"{BEADS}/{second['id']}/dependencies"
    added = await client.post(address, json={"depends_on_id": first["id"]})
    assert (added.status_code, added.json()["type"], added.json()["title"]) == (201, "blocks", "first")
    shown = (await client.get(address)).json()
    assert shown["depends_on"][0]["depends_on_id"] == first["id"]
    assert shown["blockers"][0]["why"].startswith(f"because {first['id']} “first” is not done, open since ")
    assert (await client.get(f"{BEADS}/{first['id']}/dependencies")).json()["dependents"][0]["bead_id"] == second["id"]
    refused = await client.post(f"{BEADS}/{first['id']}/dependencies", json={"depends_on_id": second["id"]})
    assert refused.status_code == 409
    assert refused.json()["cycle"] == [first["id"], second["id"], first["id"]]
    assert " → " in refused.json()["error"]
    assert (await client.delete(f"{address}/{first['id']}")).status_code == 204
    assert (await client.delete(f"{address}/{first['id']}")).status_code == 404
    unknown = await client.post(address, json={"depends_on_id": "t-none"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "bead_unknown")
    assert (await client.post(address, json={"depends_on_id": "external:o:1", "type": "blocks"})).status_code == 201


async def test_redispatch_opens_a_bead_again(client: AsyncClient) -> None:
    made = await make(client)
    await client.patch(f"{BEADS}/{made['id']}", json={"status": "blocked", "reason": "stuck"})
    shown = (await client.post(f"{BEADS}/{made['id']}/redispatch", json={"reason": "go"})).json()
    assert (shown["status"], shown["status_reason"], shown["hops"]) == ("open", "go", 0)
    assert (await client.post(f"{BEADS}/{made['id']}/redispatch")).status_code == 200


async def test_unknown_beads_are_not_found(client: AsyncClient) -> None:
    for method, path in (
        ("GET", ""), ("PATCH", ""), ("GET", "/dependencies"), ("POST", "/dependencies"), ("POST", "/redispatch"),
    ):  # fmt: skip
        body = {"depends_on_id": "t-1"} if path == "/dependencies" else {}
        answer = await client.request(method, f"{BEADS}/t-none{path}", json=None if method == "GET" else body)
        assert (answer.status_code, answer.json()["code"]) == (404, "bead_not_found")


async def test_the_work_graph_has_beads_and_the_edges_between_them(client: AsyncClient) -> None:
    epic = await make(client, "epic")
    first = await make(client, "first", parent=epic["id"])
    second = await make(client, "second", blocked_by=[first["id"]], related_to=[epic["id"]])
    graph = (await client.get("/api/v1/work-graph?project_id=p")).json()
    assert set(graph["beads"]) == {epic["id"], first["id"], second["id"]}
    edges = {(edge["from"], edge["to"], edge["relationship"]) for edge in graph["edges"]}
    assert edges == {
        (epic["id"], first["id"], "parent"),
        (first["id"], second["id"], "blocks"),
        (epic["id"], second["id"], "related"),
    }  # fmt: skip
    assert graph["updated_at"] == max(bead["updated_at"] for bead in graph["beads"].values())
    assert (await client.get("/api/v1/work-graph?project_id=none")).json()["beads"] == {}


async def test_files_go_in_and_out(client: AsyncClient) -> None:
    address = "/api/v1/projects/p/beads"
    times = '"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z"'
    text = '{"id":"f-1","title":"<one>","priority":1,' + times + "}\n"
    tried = await client.post(f"{address}/import?dry_run=true", content=text, headers={"content-type": "text/plain"})
    assert (tried.json()["created"], tried.json()["dry_run"]) == (1, True)
    taken = await client.post(f"{address}/import", content=text, headers={"content-type": "application/x-ndjson"})
    assert {key: taken.json()[key] for key in ("created", "skipped", "problems")} == {
        "created": 1, "skipped": 0, "problems": [],
    }  # fmt: skip
    out = await client.get(f"{address}/export")
    assert out.headers["content-type"].startswith("application/x-ndjson")
    assert out.text == text.replace("<one>", "\\u003cone\\u003e")
    bad = await client.post(f"{address}/import", content=text.replace("f-1", "f-2") + "oops")
    assert (bad.status_code, bad.json()["code"]) == (400, "import_refused")
    assert bad.json()["problems"][0]["line"] == 2
    skipped = await client.post(f"{address}/import?skip_invalid=true", content=text.replace("f-1", "f-2") + "oops")
    assert (skipped.json()["created"], skipped.json()["skipped"]) == (1, 1)
    wrong = await client.post(f"{address}/import", json={"a": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_content_type")
    not_text = await client.post(f"{address}/import", content=b"\xff\x00")
    assert (not_text.status_code, not_text.json()["code"]) == (400, "not_utf8")
    assert (await client.get("/api/v1/projects/none/beads/export")).status_code == 404
    assert (await client.post("/api/v1/projects/none/beads/import", content=text)).status_code == 404


async def test_a_file_of_more_than_20_mb_is_refused(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/projects/p/beads/import", content=b"\n" * (20 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_a_viewer_reads_and_a_stranger_does_neither(
    app: FastAPI, client: AsyncClient, anonymous: AsyncClient
) -> None:
    made = await make(client)
    address = f"{BEADS}/{made['id']}"
    async with people.signed_in(app, "viewer", sees=["p"]) as viewer:
        assert (await viewer.get(address)).status_code == 200
        assert (await viewer.get("/api/v1/projects/p/beads/export")).status_code == 200
        for answer in (
            await viewer.post(BEADS, json={"project_id": "p", "title": "x"}),
            await viewer.patch(address, json={"title": "y"}),
            await viewer.post(f"{address}/redispatch", json={}),
            await viewer.post("/api/v1/projects/p/beads/import", content=""),
        ):
            assert answer.status_code == 403
    assert (await anonymous.get(BEADS)).status_code == 401
    assert (await anonymous.get("/api/v1/work-graph")).status_code == 401


async def test_the_document_describes_what_is_answered(client: AsyncClient) -> None:
    spec = json.loads((await client.get("/api/openapi.json")).text)
    schema = spec["components"]["schemas"]["BeadDetail"]["properties"]
    assert set(schema) == set(await make(client)) | {"warnings"}


@pytest.mark.parametrize("field", ["status", "project_id", "title"])
async def test_what_cannot_be_empty_is_not_taken_for_left_out(client: AsyncClient, field: str) -> None:
    answer = await client.patch("/api/v1/beads/kitchen-1", json={field: ""})
    assert answer.status_code == 422
    assert answer.json()["error"] == f"body.{field}: String should have at least 1 character"
