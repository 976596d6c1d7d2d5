"""Why this agent, why not yet: every reason with since when and the way out, and nothing of what one may not see."""

import socket
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from sqlalchemy import update

from loom_app.agents.models import Agent, PausedBecause
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings, Temporal
from loom_app.dispatch.service import dispatch
from loom_app.kernel.clock import ahead, parse_rfc3339
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.providers.models import Provider, ProviderStatus
from loom_app.runs.models import Run
from loom_app.supervisor import status
from loom_app.supervisor.halted import halted
from loom_app.supervisor.status import ProcessStatus, State
from tests.dispatch.test_limits import finish, house, live
from tests.runs.starting import begun
from tests.support import people, rows
from tests.support.ports import free_ports

BEAD = "kitchen-1"
PATH = f"/api/v1/beads/{BEAD}"


@pytest.fixture
async def kitchen(db: Database) -> str:
    """An open bead in a project with a working provider and one idle tester."""
    await rows.project(db)
    await rows.provider(db)
    await rows.bead(db, status=BeadStatus.OPEN)
    return await rows.agent(db, name="Robin")


async def told(client: AsyncClient, bead_id: str = BEAD) -> dict[str, Any]:
    answer = await client.get(f"/api/v1/beads/{bead_id}/dispatch")
    assert answer.status_code == 200, answer.text
    shown = dict(answer.json())
    for reason in shown["reasons"]:
        assert parse_rfc3339(reason["since"])
        assert reason["why"].endswith((".", "?", "!"))
        assert reason["way_out"].endswith(".")
    return shown


async def reasons(client: AsyncClient, bead_id: str = BEAD) -> dict[str, Any]:
    return {reason["code"]: reason for reason in (await told(client, bead_id))["reasons"]}


async def put(db: Database, model: Any, **values: Any) -> None:
    async with db.write() as tx:
        await tx.execute(update(model).values(values))


async def test_a_bead_that_nothing_keeps_is_next_and_says_who_would_take_it(client: AsyncClient, kitchen: str) -> None:
    shown = await told(client)
    assert (shown["state"], shown["reasons"], shown["choices"]) == ("next", [], [])
    assert [(one["name"], one["why_not"]) for one in shown["candidates"]] == [("Robin", "")]
    assert (shown["hops"], shown["max_hops"], shown["not_before"]) == (0, 20, None)


async def test_each_reason_is_told_and_all_of_them_at_once(client: AsyncClient, db: Database, kitchen: str) -> None:
    await rows.bead(db, "kitchen-2", status=BeadStatus.OPEN)
    await client.patch(PATH, json={"blocked_by": ["kitchen-2"], "tags": ["requires-human-config"], "pinned": True})
    await client.patch(PATH, json={"defer_until": "2099-01-01T00:00:00Z", "assigned_to": "somebody"})
    await put(db, Project, wip_limits={"in_progress": 1})
    await rows.bead(db, "kitchen-3", status=BeadStatus.IN_PROGRESS)
    found = await reasons(client)
    assert list(found) == [
        "blocked_by", "deferred", "for_a_person", "not_for_agents", "column_full", "assigned_to_unknown",
    ]  # fmt: skip
    assert found["blocked_by"]["bead_id"] == "kitchen-2"
    assert found["deferred"]["until"] == "2099-01-01T00:00:00Z"
    assert "somebody, who is neither on the project's team nor a person" in found["assigned_to_unknown"]["why"]


@pytest.mark.parametrize("down", ["temporal", "worker"])
async def test_a_program_that_does_not_run_is_the_reason_until_it_does(
    client: AsyncClient, settings: Settings, kitchen: str, down: str
) -> None:
    programs = {name: ProcessStatus(name, pid=1, state=State.RUNNING) for name in ("temporal", "worker", "web")}
    programs[down].state = State.RESTARTING
    status.write(settings.data_dir, programs.values())
    found = await reasons(client)
    assert list(found) == [f"{down}_away"]
    assert "(restarting), so no work is given out" in found[f"{down}_away"]["why"]
    system = (await client.get("/api/v1/system/status")).json()
    assert (system["state"], system["reason"]) == ("parked", found[f"{down}_away"]["why"])
    programs[down].state = State.RUNNING
    status.write(settings.data_dir, programs.values())
    assert (await told(client))["state"] == "next"


async def test_a_temporal_of_ones_own_is_asked_whether_it_listens(settings: Settings) -> None:
    (port,) = free_ports(1)
    of = settings.model_copy(update={"temporal": Temporal(address=f"127.0.0.1:{port}")})
    assert await halted(of) is None, "not started by the supervisor: nothing is known"
    status.write(of.data_dir, [ProcessStatus("worker", pid=1, state=State.RUNNING)])
    halt = await halted(of)
    assert halt is not None
    assert f"does not answer at 127.0.0.1:{port}" in halt.why
    with socket.create_server(("127.0.0.1", port)):
        assert await halted(of) is None


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"type": "decision"}, "not_for_agents"),
        ({"ephemeral": True}, "not_for_agents"),
        ({"source_status": "hooked"}, "not_for_agents"),
        ({"status": "blocked", "status_reason": "No flour."}, "set_aside"),
        ({"status": "in_progress"}, "by_hand"),
        ({"hops": 20}, "hop_limit"),
    ],
)
async def test_where_a_bead_stands_may_be_the_reason(
    client: AsyncClient, db: Database, kitchen: str, values: dict[str, Any], code: str
) -> None:
    await put(db, Bead, **values)
    assert list(await reasons(client)) == [code]


async def test_a_rest_says_after_what_and_until_when(
    client: AsyncClient, db: Database, settings: Settings, kitchen: str
) -> None:
    await put(db, Bead, not_before=ahead(600), hops=3)
    found = (await reasons(client))["resting"]
    assert found["why"].startswith("It rests after 3 runs that did not finish it.")
    assert found["until"] is not None
    assert "Try again now" in found["way_out"]
    await client.post(f"{PATH}/redispatch", json={})
    assert await reasons(client) == {}


async def test_who_is_busy_is_named_with_what_and_until_about_when(
    client: AsyncClient, db: Database, settings: Settings, kitchen: str
) -> None:
    await rows.bead(db, "kitchen-0", status=BeadStatus.OPEN, priority=0)
    await dispatch(db, settings)
    (run,) = await live(db)
    assert run.bead_id == "kitchen-0"
    found = (await reasons(client))["agents_busy"]
    assert found["why"] == "Everybody who could take it is at work: Robin on kitchen-0."
    assert [(one["name"], one["bead_id"], one["until"]) for one in found["who"]] == [("Robin", "kitchen-0", None)]
    await client.patch(PATH, json={"assigned_to": "Robin"})
    assert (await reasons(client))["agent_busy"]["why"].startswith("The bead is assigned to Robin, who is at work")
    await client.patch(PATH, json={"assigned_to": ""})
    await rows.agent(db, name="Kim", status="working", current_bead="kitchen-9")
    await client.patch(PATH, json={"tags": ["role:qa-engineer"]})
    busy = (await reasons(client))["role_busy"]
    assert {one["name"] for one in busy["who"]} == {"Robin", "Kim"}


async def test_until_about_when_follows_from_how_long_runs_take(
    client: AsyncClient, db: Database, settings: Settings, kitchen: str
) -> None:
    first = await begun(db, BEAD)
    async with db.write() as tx:
        run = await tx.get_one(Run, first)
        run.created_at = ahead(-3600)
    await finish(db, settings, first)
    await put(db, Agent, status="paused", paused_because=PausedBecause.PERSON)
    await rows.bead(db, "kitchen-2", status=BeadStatus.OPEN)
    await rows.bead(db, "kitchen-3", status=BeadStatus.OPEN)
    await begun(db, "kitchen-2", name="Kim")
    found = await reasons(client, "kitchen-3")
    (kim,) = found["agents_busy"]["who"]
    assert 3000 < (parse_rfc3339(kim["until"]) - ahead(0)).total_seconds() < 3700
    assert "paused" in found["agents_paused"]["why"]


@pytest.mark.parametrize(
    ("agent", "provider", "code"),
    [
        ({"status": "paused", "paused_because": "person"}, {}, "agents_paused"),
        ({"status": "paused", "paused_because": "provider"}, {}, "no_provider"),
        ({}, {"status": ProviderStatus.ERROR}, "no_provider"),
        ({"status": "complete"}, {}, "no_agents"),
        ({"role": "ceo"}, {}, "no_agents"),
    ],
)
async def test_a_team_that_cannot_work_says_why(
    client: AsyncClient, db: Database, kitchen: str, agent: dict[str, Any], provider: dict[str, Any], code: str
) -> None:
    if agent:
        await put(db, Agent, **agent)
    if provider:
        await put(db, Provider, **provider)
    assert list(await reasons(client)) == [code]


async def test_a_bead_of_a_person_waits_for_them(client: AsyncClient, db: Database, kitchen: str) -> None:
    await people.person(db, "user", "ann")
    await client.patch(PATH, json={"assigned_to": "ann"})
    assert list(await reasons(client)) == ["assigned_to_person"]


async def test_what_waits_for_an_answer_names_the_decision(client: AsyncClient, kitchen: str) -> None:
    asked = (await client.post(f"{PATH}/escalate", json={"reason": "May I buy a scale?"})).json()
    found = (await reasons(client))["decision"]
    assert (found["decision_id"], found["until"]) == (asked["id"], asked["deadline"])


async def test_an_epic_waits_for_what_is_under_it(client: AsyncClient, db: Database, kitchen: str) -> None:
    await put(db, Bead, type="epic")
    made = (await client.post("/api/v1/beads", json={"title": "Soup", "project_id": "kitchen", "parent": BEAD})).json()
    assert (await reasons(client))["children_open"]["bead_id"] == made["id"]


async def test_a_run_tells_who_else_was_weighed_and_keeps_it(
    client: AsyncClient, db: Database, settings: Settings, kitchen: str
) -> None:
    await rows.agent(db, role="engineering-manager", name="Kim")
    await rows.agent(db, role="ceo", name="Boss")
    await dispatch(db, settings)
    shown = await told(client)
    (choice,) = shown["choices"]
    assert (shown["state"], shown["candidates"]) == ("working", [])
    assert (choice["agent"], choice["weighed"]) == ("Kim", 3)
    best, second, last = choice["candidates"]
    assert (best["name"], best["why_not"], best["parts"][0]["name"]) == ("Kim", "", "role")
    assert (second["name"], second["why_not"], second["score"] < best["score"]) == ("Robin", "", True)
    assert "takes no work" in last["why_not"]
    (run,) = await live(db)
    assert (choice["run_id"], choice["why"]) == (run.id, run.why)
    assert (await client.delete(f"/api/v1/agents/{run.agent_id}")).status_code == 409
    await finish(db, settings, run.id)
    await client.delete(f"/api/v1/agents/{run.agent_id}")
    assert (await told(client))["choices"] == [choice]


async def test_limits_are_told_without_a_word_of_other_projects(app: FastAPI, db: Database, settings: Settings) -> None:
    await house(db, ("kitchen", "garden"), agents=1, work=1)
    await put(db, Provider, max_runs=1)
    assert len((await dispatch(db, settings)).claimed) == 1
    (run,) = await live(db)
    other = "garden" if run.project_id == "kitchen" else "kitchen"
    async with people.signed_in(app, "user", "ann", sees=[other]) as ann:
        (waiting,) = (await ann.get("/api/v1/beads", params={"project_id": other})).json()
        found = (await reasons(ann, waiting["id"]))["provider_limit"]
        assert (found["why"], found["who"], found["until"]) == (
            "The limit of the provider Model is reached: at most one run at once.", [], None,
        )  # fmt: skip
        assert (await ann.get(f"/api/v1/beads/{run.bead_id}/dispatch")).status_code == 404
