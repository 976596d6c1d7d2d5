"""Agents as people see and run them: evidence instead of a bare word, copies, changes, and letting go without loss."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from loom_app.agents import service as agents
from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.decisions.models import Decision
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.providers.models import Provider
from loom_app.runs import claims, ending
from loom_app.runs.begin import begin
from loom_app.runs.models import Run, TerminalReason, Turn
from loom_app.staff.standing import standing
from tests.support import rows


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)
    await rows.provider(db)


async def at_work(db: Database, agent_id: str, bead_id: str = "kitchen-1") -> str:
    """A run of the agent, in its second turn; answers its id."""
    await rows.bead(db, bead_id, "open")
    async with db.write() as tx:
        bead, agent = await tx.get_one(Bead, bead_id), await tx.get_one(Agent, agent_id)
        run = await begin(tx, bead, agent, await tx.get_one(Provider, "model"), seconds=30, why="it was asked for")
        run.status, run.started_at, run.cost_micros = "running", now(), 20_000
        await tx.flush()
        tx.add_all([Turn(run_id=run.id, number=n, prompt="", reply="{}" if n == 1 else None) for n in (1, 2)])
    return run.id


async def one(client: AsyncClient, agent_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await client.get(f"/api/v1/agents/{agent_id}")).json()
    return shown


async def bead_of(db: Database, bead_id: str = "kitchen-1") -> Bead:
    async with db.read() as tx:
        return await tx.get_one(Bead, bead_id)


def refusal(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_working_agent_shows_what_it_has(client: AsyncClient, db: Database) -> None:
    agent_id = await rows.agent(db, name="Ada")
    run_id = await at_work(db, agent_id)
    shown = await one(client, agent_id)
    progress = shown["progress"]
    assert (progress["run_id"], progress["bead_title"]) == (run_id, "Weigh the flour")
    assert (progress["turn"], progress["max_turns"], progress["doing"], progress["cost"]) == (2, 20, "model", "$0.02")
    assert progress["lease_until"]
    assert shown["standing"].startswith("At work on kitchen-1: turn 2 of 20, waits for the model; last progress 20")
    assert shown["spent"] == {"runs": 1, "cost_micros": 20_000, "cost": "$0.02", "unpriced": 0, "tokens": 0}
    listed = (await client.get("/api/v1/agents", params={"status": "working"})).json()
    assert [(agent["id"], agent["progress"]["turn"]) for agent in listed] == [(agent_id, 2)]


async def test_every_other_one_says_what_it_waits_for(client: AsyncClient, db: Database) -> None:
    idle = await rows.agent(db)
    assert (await one(client, idle))["standing"] == "Waits for work: no bead of its project is open and free of others."
    await rows.bead(db, "kitchen-7", "open")
    assert (await one(client, idle))["standing"].startswith("Waits for work: 1 bead of its project is open")
    await client.post(f"/api/v1/agents/{idle}/pause")
    assert (await one(client, idle))["standing"] == "admin paused it."
    lost = await rows.agent(db, status="working", current_bead="kitchen-9")
    assert "no live run shows for it" in (await one(client, lost))["standing"]
    gone = await rows.agent(db, status="complete")
    assert (await one(client, gone))["standing"].startswith("Complete.")
    waits = Agent(id="a", name="a", role="r", persona_name="p", project_id="k", paused_because="provider")
    assert standing(waits, None, 0) == "Waits for a provider; it resumes by itself when one works."


async def test_found_by_words_and_filters(client: AsyncClient, db: Database) -> None:
    ada = await rows.agent(db, name="Ada_1")
    await rows.agent(db, name="Ada 1", role="ceo")

    async def found(**asked: str) -> list[str]:
        return [agent["id"] for agent in (await client.get("/api/v1/agents", params=asked)).json()]

    assert await found(q="ada_1") == [ada]
    assert await found(q="ada qa") == await found(role="qa-engineer") == [ada]
    assert await found(persona_name="default/qa-engineer", status="idle") == [ada]
    assert await found(q="%") == await found(q="nobody") == []


async def test_another_persona_provider_and_seat(client: AsyncClient, db: Database) -> None:
    path = f"/api/v1/agents/{await rows.agent(db, position_id='pos-qa')}"
    changed = (await client.put(path, json={"persona_name": "cfo", "provider_id": "model"})).json()
    assert [changed[key] for key in ("persona_name", "role", "position_id", "provider_id")] == [
        "default/cfo", "cfo", "pos-cfo", "model",
    ]  # fmt: skip
    assert (await client.put(path, json={"provider_id": "", "position_id": ""})).json()["position_id"] == ""
    assert (await client.put(path, json={"position_id": "pos-cto"})).json()["position_id"] == "pos-cto"
    assert refusal(await client.put(path, json={"position_id": "pos-chef"})) == (404, "position_not_found")
    assert refusal(await client.put(path, json={"persona_name": "chef"})) == (404, "persona_not_found")
    assert refusal(await client.put(path, json={"provider_id": "other"})) == (404, "provider_not_found")
    await client.post("/api/v1/agents", json={"persona_name": "ceo", "project_id": "kitchen"})
    assert refusal(await client.put(path, json={"position_id": "pos-ceo"})) == (409, "position_full")
    assert refusal(await client.put(path, json={"persona_name": "ceo"})) == (409, "position_full")
    assert (await one(client, path.rpartition("/")[2]))["role"] == "cfo"


async def test_let_go_while_idle_everything_it_alone_had_is_others(
    client: AsyncClient, db: Database, settings: Settings
) -> None:
    agent_id = await rows.agent(db, name="Ada", position_id="pos-qa")
    await rows.bead(db, "kitchen-2", "open", assigned_to=agent_id)
    await rows.bead(db, "kitchen-3", "open")
    async with db.write() as tx:
        await claims.claim(tx, "kitchen-3", agent_id, settings=settings, actor=SYSTEM)
        tx.add(
            Decision(
                id="decision-1", project_id="kitchen", bead_id="kitchen-2", kind="question", title="Salt?",
                question="Salt?",
                default_option="wait", deadline=now() + timedelta(days=1), requester_id="user-1", assigned_to=agent_id,
            )
        )  # fmt: skip
    answer = await client.post(f"/api/v1/agents/{agent_id}/retire", json={"reason": "The season is over."})
    gone = answer.json()
    assert (answer.status_code, gone["status"], gone["position_id"]) == (200, "complete", "")
    assert (await one(client, agent_id))["standing"] == "Complete. admin let it go: The season is over."
    assert (await bead_of(db, "kitchen-2")).assigned_to == ""
    assert ((await bead_of(db, "kitchen-3")).status, (await bead_of(db, "kitchen-3")).assigned_to) == ("open", "")
    assert (await client.get("/api/v1/decisions/decision-1")).json()["assigned_to"] == ""
    assert (await client.post(f"/api/v1/agents/{agent_id}/retire")).json()["status"] == "complete"
    assert refusal(await client.post(f"/api/v1/agents/{agent_id}/pause")) == (409, "agent_status")
    back = (await client.post(f"/api/v1/agents/{agent_id}/resume")).json()
    assert (back["status"], back["position_id"]) == ("idle", "pos-qa")


async def test_let_go_at_work_its_run_stops_and_the_bead_is_open_again(
    client: AsyncClient, db: Database, settings: Settings
) -> None:
    agent_id = await rows.agent(db, position_id="pos-qa")
    run_id = await at_work(db, agent_id)
    gone = (await client.post(f"/api/v1/agents/{agent_id}/retire")).json()
    assert (gone["status"], gone["paused_because"], gone["position_id"]) == ("working", "leaving", "")
    for way in ("pause", "resume"):
        assert refusal(await client.post(f"/api/v1/agents/{agent_id}/{way}")) == (409, "agent_leaving")
    async with db.write() as tx:
        run = await tx.get_one(Run, run_id)
        assert run.cancel_requested
        await ending.end(tx, run, ending.Ending(TerminalReason.CANCELLED, "It was asked to stop."), settings)
    assert (await one(client, agent_id))["status"] == "complete"
    bead = await bead_of(db)
    assert (bead.status, bead.assigned_to) == ("open", "")
    async with db.write() as tx:
        await agents.pause_all_for_provider(tx, "gone")
        await agents.resume_all_for_provider(tx)
    assert (await one(client, agent_id))["status"] == "complete"


async def test_a_copy_takes_the_place_or_stands_beside(client: AsyncClient, db: Database) -> None:
    first = await rows.agent(db, role="ceo", name="Ada", position_id="pos-ceo", provider_id="model")
    await rows.bead(db, "kitchen-2", "open", assigned_to=first)
    path = f"/api/v1/agents/{first}/clone"
    assert refusal(await client.post(path, json={"replace": False})) == (409, "position_full")
    answer = await client.post(path, json={"new_agent_name": "Bo"})
    made = answer.json()
    assert (answer.status_code, made["name"], made["position_id"], made["provider_id"]) == (
        201,
        "Bo",
        "pos-ceo",
        "model",
    )
    assert ((await one(client, first))["status"], (await bead_of(db, "kitchen-2")).assigned_to) == (
        "complete",
        made["id"],
    )
    other = await client.post(
        f"/api/v1/agents/{made['id']}/clone", json={"new_persona_name": "kitchen/chef", "replace": False}
    )
    assert (other.json()["persona_name"], other.json()["role"]) == ("kitchen/chef", "chef")
    source = (await client.get("/api/v1/personas/default/ceo")).json()["instructions"]
    assert (await client.get("/api/v1/personas/kitchen/chef")).json()["instructions"] == source
    assert (await one(client, made["id"]))["status"] == "idle"
    wrong = await client.post(f"/api/v1/agents/{made['id']}/clone", json={"source_persona": "nobody"})
    assert refusal(wrong) == (404, "persona_not_found")
