"""Agents over HTTP: made from personas, seated, renamed, paused, let go."""

from typing import Any

import pytest
from httpx import AsyncClient, Response

from loom_app.beads.models import Bead
from loom_app.kernel.database import Database
from loom_app.providers.models import ProviderStatus
from tests.support import rows


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.provider(db)


async def make(client: AsyncClient, persona: str = "qa-engineer", **more: Any) -> Response:
    return await client.post("/api/v1/agents", json={"persona_name": persona, "project_id": "kitchen", **more})


def refusal(answer: Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_made_from_a_bare_persona_name(client: AsyncClient) -> None:
    answer = await make(client)
    assert answer.status_code == 201
    agent = answer.json()
    assert agent["id"].startswith("agent-")
    assert agent == {
        "id": agent["id"], "name": "QA Engineer", "role": "qa-engineer", "persona_name": "default/qa-engineer",
        "persona": None, "provider_id": "", "status": "idle", "paused_because": "", "current_bead": "",
        "status_reason": "admin added it to the team.",
        "project_id": "kitchen", "position_id": "pos-qa", "schema_version": "1.0", "attributes": {},
        "started_at": agent["started_at"], "last_active": agent["last_active"],
    }  # fmt: skip
    one = (await client.get(f"/api/v1/agents/{agent['id']}")).json()
    assert one["persona"]["name"] == "default/qa-engineer"
    assert one["persona"]["instructions"]
    events = (await client.get("/api/v1/events", params={"type": "agent.spawned"})).json()["events"]
    assert [event["subject_id"] for event in events] == [agent["id"]]


async def test_what_was_shown_can_be_sent_back_under_another_name(client: AsyncClient) -> None:
    shown = (await make(client)).json()
    answer = await client.put(f"/api/v1/agents/{shown['id']}", json={**shown, "name": "Ada", "status": "complete"})
    assert (answer.status_code, answer.json()["name"], answer.json()["status"]) == (200, "Ada", "idle")


async def test_names_come_from_the_role_and_differ(client: AsyncClient) -> None:
    names = [(await make(client, "default/qa-engineer")).json()["name"] for _ in range(3)]
    assert names == ["QA Engineer", "QA Engineer 2", "QA Engineer 3"]
    assert (await make(client, name="  Ada Löwe (night)  ")).json()["name"] == "Ada Löwe (night)"


@pytest.mark.parametrize("status", [ProviderStatus.PENDING, ProviderStatus.ERROR, ProviderStatus.FAILED])
async def test_starts_paused_while_no_provider_works(client: AsyncClient, db: Database, status: str) -> None:
    await rows.provider(db, status)
    agent = (await make(client)).json()
    assert (agent["status"], agent["paused_because"]) == ("paused", "provider")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"persona_name": "pastry-chef"}, (404, "persona_not_found")),
        ({"persona_name": "../../etc/passwd"}, (400, "persona_name")),
        ({"persona_name": ""}, (400, "persona_name")),
        ({"persona_name": "a\x00b"}, (422, "invalid_request")),
        ({"project_id": "nowhere"}, (404, "project_not_found")),
        ({"provider_id": "nobody"}, (404, "provider_not_found")),
        ({"name": ""}, (422, "invalid_request")),
        ({"name": "x" * 101}, (422, "invalid_request")),
        ({"name": "line\nbreak"}, (422, "invalid_request")),
        ({"name": 7}, (422, "invalid_request")),
        ({"role": "ceo"}, (422, "invalid_request")),
    ],
)
async def test_refused_drafts_make_nothing(
    client: AsyncClient, more: dict[str, Any], expected: tuple[int, str]
) -> None:
    body = {"persona_name": "ceo", "project_id": "kitchen", **more}
    assert refusal(await client.post("/api/v1/agents", json=body)) == expected
    assert (await client.get("/api/v1/agents")).json() == []


async def test_text_that_is_no_unicode_is_refused(client: AsyncClient) -> None:
    body = b'{"persona_name": "ceo", "project_id": "kitchen", "name": "\\ud800"}'
    answer = await client.post("/api/v1/agents", content=body, headers={"content-type": "application/json"})
    assert refusal(answer) == (422, "invalid_request")


async def test_a_second_ceo_finds_no_seat(client: AsyncClient) -> None:
    first = (await make(client, "ceo")).json()
    answer = await make(client, "ceo")
    assert refusal(answer) == (409, "position_full")
    assert "takes at most 1 agent and is filled by CEO" in answer.json()["error"]
    assert (await client.delete(f"/api/v1/agents/{first['id']}")).status_code == 204
    assert (await make(client, "ceo")).status_code == 201


async def test_listed_by_rank_filtered_and_paged(client: AsyncClient, db: Database) -> None:
    await rows.project(db, "garden")
    for persona in ("housekeeping-bot", "qa-engineer", "ceo", "product-manager"):
        await make(client, persona)
    await client.post("/api/v1/agents", json={"persona_name": "ceo", "project_id": "garden"})
    listed = await client.get("/api/v1/agents", params={"project_id": "kitchen"})
    assert [agent["role"] for agent in listed.json()] == ["ceo", "product-manager", "qa-engineer", "housekeeping-bot"]
    page = await client.get("/api/v1/agents", params={"limit": 2, "offset": 1})
    assert (len(page.json()), page.headers["x-total-count"]) == (2, "5")
    assert (await client.get("/api/v1/agents", params={"status": "paused"})).json() == []
    assert refusal(await client.get("/api/v1/agents", params={"status": "asleep"})) == (422, "invalid_request")


async def test_rename_pause_resume(client: AsyncClient) -> None:
    path = f"/api/v1/agents/{(await make(client)).json()['id']}"
    assert (await client.put(path, json={"name": "Ada"})).json()["name"] == "Ada"
    assert refusal(await client.put(path, json={})) == (422, "invalid_request")
    assert (await client.post(f"{path}/pause")).json()["status"] == "paused"
    assert (await client.post(f"{path}/resume")).json()["status"] == "idle"
    for method, end in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/pause"), ("POST", "/resume")):
        body = {"name": "Ada"} if method == "PUT" else None
        answer = await client.request(method, f"/api/v1/agents/agent-x{end}", json=body)
        assert refusal(answer) == (404, "agent_not_found")


async def test_an_agent_at_work_is_not_let_go(client: AsyncClient, db: Database) -> None:
    agent_id = await rows.agent(db, status="working", current_bead="kitchen-1", name="Ada")
    answer = await client.delete(f"/api/v1/agents/{agent_id}")
    assert refusal(answer) == (409, "agent_working")
    assert "Ada works on kitchen-1" in answer.json()["error"]


async def test_beads_kept_for_an_agent_that_leaves_are_anybodys(client: AsyncClient, db: Database) -> None:
    agent_id = await rows.agent(db)
    for bead_id, status in (("kitchen-1", "open"), ("kitchen-2", "blocked"), ("kitchen-3", "done")):
        await rows.bead(db, bead_id, status, assigned_to=agent_id)
    assert (await client.delete(f"/api/v1/agents/{agent_id}")).status_code == 204
    async with db.read() as tx:
        beads = [await tx.get(Bead, f"kitchen-{number}") for number in (1, 2, 3)]
    assert [bead.assigned_to for bead in beads if bead] == ["", "", agent_id]
    events = (await client.get("/api/v1/events", params={"type": "agent.deleted"})).json()["events"]
    assert [event["subject_id"] for event in events] == [agent_id]


async def test_a_persona_that_is_gone_is_null(client: AsyncClient, db: Database) -> None:
    agent_id = await rows.agent(db, role="pastry-chef")
    assert (await client.get(f"/api/v1/agents/{agent_id}")).json()["persona"] is None
