"""A project begins with a team: made from personas, paused until a provider works, gone again with the project."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from loom_app.agents import service as agents
from loom_app.config import Agents, Settings
from loom_app.kernel.database import Database
from loom_app.lifecycle.founding import found
from loom_app.projects.configured import ensure_configured
from tests.support import rows

STANDARD = {
    "ceo", "product-manager", "engineering-manager", "qa-engineer", "code-reviewer", "web-designer-engineer",
    "devops-engineer",
}  # fmt: skip


async def founded(app: FastAPI, client: AsyncClient, profile: str, **more: object) -> dict[str, dict[str, object]]:
    """Role → agent of a new project that begins with the team of `profile`."""
    team = Agents.model_validate({"corp_profile": profile, **more})
    app.state.settings = app.state.settings.model_copy(update={"agents": team})
    answer = await client.post("/api/v1/projects", json={"name": "Kitchen"})
    assert answer.status_code == 201, answer.text
    listed = (await client.get("/api/v1/agents", params={"project_id": answer.json()["id"]})).json()
    assert sorted(answer.json()["agents"]) == sorted(agent["id"] for agent in listed)
    return {agent["role"]: agent for agent in listed}


@pytest.mark.parametrize(
    ("profile", "more", "roles"),
    [
        ("standard", {}, STANDARD),
        ("solo", {}, {"ceo", "engineering-manager"}),
        ("startup", {}, {"ceo", "engineering-manager", "web-designer"}),
        ("standard", {"allowed_roles": ["ceo", "qa-engineer"]}, {"ceo", "qa-engineer"}),
        ("none", {}, set()),
    ],
)
async def test_the_team_is_that_of_the_profile(
    app: FastAPI, client: AsyncClient, profile: str, more: dict[str, object], roles: set[str]
) -> None:
    assert set(await founded(app, client, profile, **more)) == roles


async def test_they_wait_for_a_provider_then_work_and_go_with_the_project(
    app: FastAPI, client: AsyncClient, db: Database
) -> None:
    team = await founded(app, client, "full")
    assert len(team) == 15
    assert {(agent["status"], agent["paused_because"]) for agent in team.values()} == {("paused", "provider")}
    assert all(agent["position_id"] and agent["provider_id"] == "" for agent in team.values())
    chart = (await client.get("/api/v1/org-charts/kitchen")).json()
    assert chart["problems"] == []
    await rows.provider(db)
    async with db.write() as tx:
        await agents.resume_all_for_provider(tx)
    listed = (await client.get("/api/v1/agents")).json()
    assert {agent["status"] for agent in listed} == {"idle"}
    assert (await client.delete("/api/v1/projects/kitchen")).status_code == 204
    assert (await client.get("/api/v1/agents")).json() == []


async def test_a_broken_persona_makes_no_agent_and_no_failure(
    app: FastAPI, client: AsyncClient, own_personas: Path
) -> None:
    path = own_personas / "default" / "ceo" / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text("no front matter")
    assert set(await founded(app, client, "standard")) == STANDARD - {"ceo"}
    assert (await client.get("/api/v1/org-charts/kitchen")).json()["problems"][0]["code"] == "required_empty"


async def test_projects_of_the_file_begin_with_one_too(client: AsyncClient, db: Database, settings: Settings) -> None:
    named = settings.model_copy(update={"projects": [{"name": "Kitchen"}], "agents": Agents(corp_profile="solo")})
    for _ in range(2):
        await ensure_configured(db, named, make=found)
    assert len((await client.get("/api/v1/agents")).json()) == 2
