"""Motivations over REST: listed, made, changed, switched, by whom and in words that help."""

from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.motivations.models import Condition, MotivationTrigger
from loom_app.motivations.parameters import MODELS
from loom_app.motivations.registering import ensure_defaults
from loom_app.motivations.words import CONDITIONS, FIELDS, described, meaning
from tests.support import people, rows

HERE = "/api/v1/motivations"
DRAFT = {"name": "Taste", "condition": "bead_completed", "agent_role": "qa-engineer", "project_id": "kitchen"}


@pytest.fixture(autouse=True)
async def kitchen(db: Database) -> None:
    await rows.project(db)


async def made(client: AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(HERE, json={**DRAFT, **more})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def listed(client: AsyncClient, **asked: Any) -> list[str]:
    answer = await client.get(HERE, params={"limit": 200, **asked})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["count"] == len(told["motivations"])
    return [one["name"] for one in told["motivations"]]


async def test_lists_are_filtered_and_paged(client: AsyncClient, db: Database) -> None:
    await ensure_defaults(db)
    await made(client)
    assert len(await listed(client)) == 50
    assert len(await listed(client, built_in="true")) == 49
    assert await listed(client, built_in="false") == ["Taste"]
    assert len(await listed(client, active="false")) == 15
    assert len(await listed(client, agent_role="ceo")) == 3
    assert len(await listed(client, type="idle")) == 6
    assert len(await listed(client, project_id="kitchen")) == 50
    assert await listed(client, agent_role="ceo", type="event") == ["Decision Pending - Executive Approval"]
    page = await client.get(HERE, params={"limit": 10, "offset": 45})
    assert (page.json()["count"], page.json()["total"], page.headers["X-Total-Count"]) == (5, 50, "50")
    assert 'rel="prev"' in page.headers["Link"]
    assert (await client.get(HERE, params={"type": "weather"})).status_code == 422
    roles = (await client.get(f"{HERE}/roles")).json()
    assert roles["count"] == len(roles["roles"]) == 12
    assert roles["roles"][0] == {"role": "ceo", "motivations": 3, "active": 3, "agents": 0}


async def test_a_change_changes_what_it_names_alone(client: AsyncClient) -> None:
    first = await made(client, parameters={"bead_type": "bug"}, cooldown_minutes=60, create_bead=True)
    assert (first["type"], first["status"], first["is_built_in"]) == ("event", "active", False)
    assert first["meaning"] == "When a bead is done: type bug."
    here = f"{HERE}/{first['id']}"
    tag = (await client.get(here)).headers["ETag"]
    changed = await client.patch(here, json={"create_bead": False}, headers={"If-Match": tag})
    second = changed.json()
    assert {**second, "create_bead": True, "updated_at": ""} == {**first, "updated_at": ""}
    late = await client.patch(here, json={"priority": 9}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (409, "motivation_changed")
    assert (await client.delete(here, headers={"If-Match": tag})).status_code == 409
    put = await client.put(here, json={**second, "wake_agent": True, "create_bead": True, "priority": 7})
    assert (put.status_code, put.json()["create_bead"], put.json()["priority"]) == (200, True, 7)
    assert (await client.post(f"{here}/disable")).json()["status"] == "disabled"
    assert await listed(client, active="true") == []
    assert (await client.post(f"{here}/enable")).json()["status"] == "active"
    assert (await client.delete(here)).status_code == 204
    assert (await client.get(here)).json()["code"] == "motivation_not_found"


async def test_what_comes_with_loom_is_changed_but_not_deleted(client: AsyncClient, db: Database) -> None:
    assert (await client.post(f"{HERE}/defaults")).json() == {"registered": 49}
    ceo = (await client.get(HERE, params={"agent_role": "ceo"})).json()["motivations"][0]
    here = f"{HERE}/{ceo['id']}"
    refused = await client.delete(here)
    assert (refused.status_code, refused.json()["code"]) == (403, "motivation_built_in")
    assert (await client.patch(here, json={"cooldown_minutes": 77})).status_code == 200
    assert (await client.post(f"{HERE}/defaults")).json() == {"registered": 0}
    assert (await client.get(here)).json()["cooldown_minutes"] == 77


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"condition": "weather"}, "condition"),
        ({"type": "idle"}, "no condition of the type idle"),
        ({"parameters": {"days": 3}}, "It takes bead_type"),
        ({"condition": "scheduled_interval", "parameters": {"interval": "soon"}}, "such as 30m, 24h or 7d"),
        ({"condition": "scheduled_interval"}, "interval"),
        ({"condition": "deadline_approach", "parameters": {"days_threshold": -1}}, "days_threshold"),
        ({"condition": "time_reached", "parameters": {"at": "2001-01-01T00:00:00Z"}}, "gone by"),
        ({"agent_role": ""}, "agent_role"),
        ({"project_id": "attic"}, "no project 'attic'"),
        ({"wake_agent": False}, "It would do nothing"),
        ({"create_bead": True, "bead_template": "poem"}, "no template 'poem'"),
        ({"priority": 101}, "priority"),
        ({"cooldown_minutes": -1}, "cooldown_minutes"),
    ],
)
async def test_what_is_wrong_is_said(client: AsyncClient, more: dict[str, Any], told: str) -> None:
    answer = await client.post(HERE, json={**DRAFT, **more})
    assert answer.status_code in (400, 404, 422), answer.text
    assert told in answer.json()["detail"]


async def test_who_sees_one_project_changes_what_is_of_it_alone(
    app: FastAPI, client: AsyncClient, db: Database
) -> None:
    await rows.project(db, "hidden")
    await ensure_defaults(db)
    secret = await made(client, project_id="hidden")
    wide = (await client.get(HERE, params={"agent_role": "ceo"})).json()["motivations"][0]
    async with db.write() as tx:
        for number, project_id in enumerate(("kitchen", "hidden", "hidden")):
            tx.add(
                MotivationTrigger(
                    id=f"fired-{number}", motivation_id=wide["id"], motivation_name=wide["name"],
                    project_id=project_id, cause="x", evidence={"about": project_id}, triggered_at=now(),
                )
            )  # fmt: skip
            await tx.flush()
    assert len((await client.get(f"{HERE}/history")).json()["history"]) == 3
    async with people.signed_in(app, "user", sees=["kitchen"]) as user:
        assert (await user.get(f"{HERE}/{secret['id']}")).status_code == 404
        assert "Taste" not in await listed(user)
        told = (await user.get(f"{HERE}/{wide['id']}")).json()
        assert (told["may_change"], told["trigger_count"]) == (False, 1)
        history = (await user.get(f"{HERE}/history", params={"limit": 1})).json()
        assert (history["count"], history["total"], history["history"][0]["project_id"]) == (1, 1, "kitchen")
        assert (await user.get(f"{HERE}/history", params={"project_id": "hidden"})).json()["total"] == 0
        refused = await user.post(f"{HERE}/{wide['id']}/disable")
        assert (refused.status_code, refused.json()["code"]) == (403, "motivation_not_yours")
        assert (await user.post(HERE, json=DRAFT | {"project_id": None})).status_code == 403
        assert (await made(user))["may_change"] is True
        assert (await user.post(f"{HERE}/defaults")).status_code == 403


def test_every_condition_and_parameter_has_its_words() -> None:
    assert CONDITIONS.keys() == MODELS.keys() == set(Condition)
    assert {name for model in MODELS.values() for name in model.model_fields} == FIELDS.keys()
    known = {one["condition"]: one for one in described()}
    near = {one["name"]: one for one in known["deadline_approach"]["parameters"]}
    assert (near["days_threshold"]["kind"], near["days_threshold"]["default"], near["days_threshold"]["maximum"]) == (
        "integer", 7, 365,
    )  # fmt: skip
    assert "release" in near["milestone_type"]["choices"]
    interval = next(one for one in known["scheduled_interval"]["parameters"] if one["name"] == "interval")
    assert (interval["kind"], interval["required"]) == ("duration", True)
    assert meaning("deadline_approach", {"days_threshold": 3}) == (
        "Before a milestone or the project is due, once for it: 3 days ahead."
    )


async def test_a_motivation_is_fired_by_hand_and_tried(client: AsyncClient, db: Database) -> None:
    agent_id = await rows.agent(db)
    one = await made(client, create_bead=True, bead_template="qa-sweep", enabled=False)
    here = f"{HERE}/{one['id']}"
    tried = (await client.get(f"{here}/dry-run")).json()
    assert (tried["would_fire"], tried["why"].startswith("It is disabled")) == (False, True)
    assert (await client.get(f"{HERE}/history")).json()["total"] == 0
    fired = (await client.post(f"{here}/trigger")).json()
    assert (fired["result"], fired["agent_woken"], fired["motivation_id"]) == ("success", agent_id, one["id"])
    bead = (await client.get(f"/api/v1/beads/{fired['bead_created']}")).json()
    assert "role:qa-engineer" in bead["tags"]
    refused = await client.post(f"{here}/trigger", json={"force": False})
    assert (refused.status_code, refused.json()["code"]) == (409, "motivation_cooling")
    assert refused.json()["until"] in refused.json()["detail"]
    again = (await client.post(f"{here}/trigger", json={"force": True, "project_id": "kitchen"})).json()
    assert (again["result"], again["bead_created"]) == ("skipped", fired["bead_created"])
    history = (await client.get(f"{HERE}/history", params={"motivation_id": one["id"], "limit": 1})).json()
    assert (history["count"], history["total"], history["history"][0]["id"]) == (1, 2, again["id"])
    shown = (await client.get(here)).json()
    assert (shown["trigger_count"], shown["updated_at"]) == (2, one["updated_at"])
    unknown = await client.post(f"{here}/trigger", json={"project_id": "attic", "force": True})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "project_not_found")
