"""Runs at once have limits, in all and by project, role and provider; several projects that wait share fairly."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import select, update
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.schemas import BeadCreate
from loom_app.config import Dispatch, Settings
from loom_app.dispatch.service import dispatch
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.projects.models import Project
from loom_app.providers.models import Provider
from loom_app.runs import lease
from loom_app.runs.ending import Ending, end
from loom_app.runs.models import Run, TerminalReason
from tests.support import rows
from tests.support.databases import beside


async def house(db: Database, projects: tuple[str, ...] = ("kitchen",), agents: int = 4, work: int = 4) -> None:
    """Projects with idle agents of two roles and open beads."""
    await rows.provider(db)
    for project_id in projects:
        await rows.project(db, project_id)
        for number in range(agents):
            await rows.agent(db, project_id, ("qa-engineer", "devops-engineer")[number % 2])
        async with db.write() as tx:
            for number in range(work):
                await beads.create(tx, BeadCreate(title=f"Loaf {number}", project_id=project_id), actor=SYSTEM)


async def live(db: Database) -> list[Run]:
    async with db.read() as tx:
        query = select(Run).where(col(Run.ended_at).is_(None)).order_by(col(Run.created_at), col(Run.id))
        return list((await tx.execute(query)).scalars())


async def finish(db: Database, settings: Settings, run_id: str) -> None:
    async with db.write() as tx:
        run = await tx.get_one(Run, run_id)
        run.status = "running"
        await lease.renew(tx, run.bead_id, run.token, 30)
        await end(tx, run, Ending(TerminalReason.COMPLETED, "It is done."), settings)


@pytest.mark.parametrize(
    ("usual", "most"),
    [
        ({"max_runs": 3}, 3),
        ({"max_runs_per_project": 2}, 2),
        ({"max_runs_per_role": 1}, 2),
        ({"max_runs_per_provider": 3}, 3),
        ({}, 4),
    ],
)
async def test_no_more_runs_are_on_than_the_settings_allow(
    db: Database, settings: Settings, usual: dict[str, int], most: int
) -> None:
    await house(db)
    of = settings.model_copy(update={"dispatch": Dispatch(**usual)})
    assert len((await dispatch(db, of)).claimed) == most
    assert (await dispatch(db, of)).claimed == []
    await finish(db, of, (await live(db))[0].id)
    assert len((await dispatch(db, of)).claimed) == (1 if usual else 0)


async def test_projects_and_providers_have_limits_of_their_own(
    client: AsyncClient, db: Database, settings: Settings
) -> None:
    await house(db, agents=6, work=6)
    of = settings.model_copy(update={"dispatch": Dispatch(max_runs_per_project=1)})

    async def change(kind: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await client.request("PATCH" if kind == "projects/kitchen" else "PUT", f"/api/v1/{kind}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    limits = {"max_runs": 4, "role_limits": {"devops-engineer": 1}}
    shown = await change("projects/kitchen", limits)
    assert {name: shown[name] for name in limits} == limits
    assert (await change("providers/model", {"max_runs": 3}))["max_runs"] == 3
    await rows.provider(db)
    assert len((await dispatch(db, of)).claimed) == 3
    async with db.read() as tx:
        roles = await tx.execute(select(col(Agent.role)).where(col(Agent.status) == "working"))
        assert Counter(roles.scalars()) == {"qa-engineer": 2, "devops-engineer": 1}
    assert (await change("providers/model", {"max_runs": None}))["max_runs"] is None
    await rows.provider(db)
    shown = await change("projects/kitchen", {"max_runs": 5, "role_limits": {"devops-engineer": None}})
    assert shown["role_limits"] == {}
    assert len((await dispatch(db, of)).claimed) == 2
    shown = await change("projects/kitchen", {"max_runs": None})
    assert shown["max_runs"] is None
    for refused in ({"max_runs": 0}, {"role_limits": {"QA!": 1}}, {"role_limits": {"cfo": 0}}):
        assert (await client.patch("/api/v1/projects/kitchen", json=refused)).status_code == 422


async def test_dispatchers_at_the_same_moment_break_no_limit_together(
    db: Database, vault: Vault, settings: Settings
) -> None:
    await house(db, agents=8, work=8)
    of = settings.model_copy(update={"dispatch": Dispatch(max_runs=3)})
    other = beside(db, vault)
    rounds = await asyncio.gather(*(dispatch(at, of) for at in (db, other, db, other)))
    assert sum(len(done.claimed) for done in rounds) == len(await live(db)) == 3
    await other.dispose()


async def test_projects_that_wait_for_one_place_take_turns(db: Database, settings: Settings) -> None:
    names = ("kitchen", "garden", "cellar")
    await house(db, names, agents=2, work=5)
    of = settings.model_copy(update={"dispatch": Dispatch(max_runs=1)})
    given = []
    for _ in range(12):
        await dispatch(db, of)
        (run,) = await live(db)
        given.append(run.project_id)
        await finish(db, of, run.id)
    assert Counter(given) == dict.fromkeys(names, 4)
    assert all(set(given[at : at + 3]) == set(names) for at in range(0, 12, 3))


async def test_a_project_whose_beads_wait_takes_no_turn_from_another(db: Database, settings: Settings) -> None:
    await house(db, ("kitchen", "garden"), agents=2, work=3)
    async with db.write() as tx:
        await tx.execute(update(Project).where(col(Project.id) == "garden").values(wip_limits={"in_progress": 1}))
        await tx.execute(update(Provider).values(max_runs=3))
    assert len((await dispatch(db, settings)).claimed) == 3
    assert Counter(run.project_id for run in await live(db)) == {"kitchen": 2, "garden": 1}
