"""Whether work rests: what counts as activity, at each of the three levels."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import update
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads.models import TOMBSTONE
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.database import Database
from loom_app.motivations.idle import IdleState, idle_state
from loom_app.projects.models import Project, ProjectStatus
from loom_app.runs.models import Run, RunStatus
from tests.support import people, rows

PERSON = Actor("user", "user-1", "Ada", frozenset())
HOUR = timedelta(hours=1)


async def old(db: Database, model: Any, **moments: datetime) -> None:
    """Puts what is there back in time."""
    async with db.write() as tx:
        await tx.execute(update(model).values({col(getattr(model, name)): at for name, at in moments.items()}))


async def happened(db: Database, project_id: str, actor: Actor, at: datetime) -> None:
    """Something that `actor` did in the project."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loom_app.events.service.now", lambda: at)
        async with db.write() as tx:
            append(tx, "bead.updated", actor=actor, project_id=project_id, subject_id="x")


async def state(db: Database, moment: datetime, actor: Actor = SYSTEM) -> IdleState:
    async with db.read() as tx:
        return await idle_state(tx, moment, actor=actor)


async def run(db: Database, project_id: str, bead_id: str, **more: Any) -> None:
    async with db.write() as tx:
        tx.add(
            Run(
                id=f"run-{bead_id}", bead_id=bead_id, project_id=project_id, agent_id="a", provider_id="p", model="m",
                token=1, **more,
            )
        )  # fmt: skip


async def test_only_people_agents_and_runs_keep_a_project_awake(db: Database) -> None:
    at = now()
    await rows.project(db, "cellar")
    await rows.project(db)
    await old(db, Project, created_at=at - 9 * HOUR)
    await happened(db, "kitchen", PERSON, at - 2 * HOUR)
    await happened(db, "kitchen", SYSTEM, at)
    await happened(db, "cellar", SYSTEM, at)
    seen = await state(db, at)
    assert [(one.id, one.rest(at)) for one in seen.projects] == [("cellar", 9 * HOUR), ("kitchen", 2 * HOUR)]
    assert seen.rest() == 2 * HOUR
    await rows.bead(db, "kitchen-1")
    await run(db, "kitchen", "kitchen-1", status=RunStatus.RUNNING)
    seen = await state(db, at)
    assert (seen.since, seen.projects[1].since, seen.rest()) == (None, None, timedelta())
    await old(db, Run, paused_at=at - HOUR)
    assert (await state(db, at)).rest() == 2 * HOUR, "a run that a person paused rests"
    async with db.write() as tx:
        await tx.execute(update(Run).values(status=RunStatus.FAILED, paused_at=None, ended_at=at - HOUR))
    assert (await state(db, at)).rest() == HOUR, "a run counts to its end"
    assert (await state(db, at - 3 * HOUR)).rest() == timedelta(), "a clock put back makes nobody rest"
    async with db.write() as tx:
        await tx.execute(update(Project).where(col(Project.id) == "kitchen").values(status=ProjectStatus.CLOSED))
    assert (await state(db, at)).rest() == 9 * HOUR, "closed projects are left out"


async def test_where_there_is_no_project_nothing_rests(db: Database) -> None:
    assert (await state(db, now())).since is None


async def test_the_api_tells_of_what_the_asker_sees(app: Any, db: Database, client: AsyncClient) -> None:
    at = now()
    for name in ("kitchen", "hidden"):
        await rows.project(db, name)
    await rows.agent(db, name="Cook")
    await rows.agent(db, name="Guest", status="paused")
    await rows.agent(db, "hidden", name="Ghost", status="working")
    await rows.agent(db, name="Gone", status="complete")
    await rows.bead(db, "kitchen-1", status="open")
    await rows.bead(db, "kitchen-2", status="in_progress")
    await rows.bead(db, "kitchen-3", status="open", source_status=TOMBSTONE)
    await old(db, Project, created_at=at - 9 * HOUR)
    await old(db, Agent, last_active=at - timedelta(minutes=6))
    whole = (await client.get("/api/v1/motivations/idle")).json()
    assert (whole["is_system_idle"], whole["total_agents"], whole["working_agents"]) == (True, 3, 1)
    assert (whole["idle_agents"], whole["paused_agents"]) == (1, 1)
    assert [whole[name] for name in ("total_beads", "open_beads", "in_progress_beads")] == [2, 1, 1]
    assert whole["system_idle_period"] // 10**9 == whole["system_idle_seconds"] >= 9 * 3600
    [cook] = whole["free_agents"]
    assert (cook["agent_name"], cook["is_idle"], cook["idle_seconds"] // 60) == ("Cook", True, 6)
    [hidden, kitchen] = whole["idle_projects"]
    assert (hidden["project_id"], kitchen["open_beads"], kitchen["agent_count"], kitchen["is_idle"]) == (
        "hidden", 1, 2, True,
    )  # fmt: skip
    async with people.signed_in(app, "viewer", sees=["kitchen"]) as viewer:
        part = (await viewer.get("/api/v1/motivations/idle")).json()
    assert [one["project_id"] for one in part["idle_projects"]] == ["kitchen"]
    assert (part["total_agents"], part["working_agents"]) == (2, 0)
    assert "Ghost" not in str(part)
