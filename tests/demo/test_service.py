"""Loading the demo into a real database and a real folder."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from loom_app.agents.models import Agent
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.demo import service
from loom_app.demo.service import BEADS, PROJECT, PROVIDER, TEAM, load_demo, view
from loom_app.demo.switch import port_of, switch_of, turn_on
from loom_app.dispatch.matching import match
from loom_app.dispatch.scoring import Member, Work
from loom_app.events.models import Event
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, Unavailable
from loom_app.orgchart.models import OrgChart
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.projects.schemas import ProjectDraft
from loom_app.providers.models import Provider
from tests.demo.workspace import Workspace, sample_beads

ADA = Actor("user", "user-ada", "Ada", frozenset({"projects:write"}))


@pytest.fixture
def model(settings: Settings) -> Iterator[int]:
    """The demo model at the port that was chosen for it; its port."""
    port = turn_on(settings.data_dir)
    process = subprocess.Popen([sys.executable, "-m", "loom_app.demo.provider", "--port", str(port), "--pace", "0"])
    yield port
    process.kill()
    process.wait()


async def load(db: Database, vault: Vault, settings: Settings, **more: Any) -> Project:
    """The demo without waiting for a model that nobody starts."""
    return await load_demo(db, vault, settings, **({"wait": 0} | more))


async def counted(db: Database) -> dict[str, int]:
    """How many rows there are of each kind."""
    tables = (Project, Provider, Agent, Bead, OrgChart, Event)
    async with db.read() as tx:
        return {
            table.__name__: (await tx.execute(select(func.count()).select_from(table))).scalar_one() for table in tables
        }


async def test_everything_is_made_and_marked(db: Database, vault: Vault, settings: Settings) -> None:
    project = await load(db, vault, settings, actor=ADA)
    assert (project.id, project.is_demo, project.bead_prefix, project.git_repo) == (PROJECT, True, "demo", "")
    repository = Workspace(Path(project.work_dir))
    assert repository.git("log", "--format=%s").splitlines() == ["Potluck 0.1"]
    async with db.read() as tx:
        provider = await tx.get_one(Provider, PROVIDER)
        team = (await tx.execute(select(Agent).order_by(col(Agent.role)))).scalars().all()
        ready = await beads.ready(tx, PROJECT, now=now())
        stored = {bead.id: bead for bead in (await tx.execute(select(Bead))).scalars()}
    assert (provider.name, provider.is_demo, provider.is_shared, provider.model) == (
        "Demo model", True, True, "loom-demo",
    )  # fmt: skip
    assert (provider.price_input, provider.price_cached_input, provider.price_output) == (150_000, 75_000, 600_000)
    assert provider.endpoint == f"http://127.0.0.1:{port_of(settings.data_dir)}/v1"
    assert [agent.role for agent in team] == sorted(TEAM)
    assert all(agent.position_id and agent.provider_id == PROVIDER for agent in team)
    assert {row.id for row in ready} == {"demo-k3wa", "demo-t5sp", "demo-h7ml"}
    assert {bead_id: bead.title for bead_id, bead in stored.items()} == {
        bead_id: bead["title"] for bead_id, bead in sample_beads().items()
    }


async def test_without_its_model_the_team_rests(db: Database, vault: Vault, settings: Settings) -> None:
    await load(db, vault, settings)
    shown = await view(db, settings)
    assert (shown.loaded, shown.provider_status, shown.model_answers) == (True, "error", False)
    async with db.read() as tx:
        assert set((await tx.execute(select(col(Agent.status)))).scalars()) == {"paused"}


async def test_with_its_model_the_team_is_ready_at_once(
    db: Database, vault: Vault, settings: Settings, model: int
) -> None:
    await load(db, vault, settings, wait=20)
    shown = await view(db, settings)
    assert (shown.provider_status, shown.model_answers, port_of(settings.data_dir)) == ("active", True, model)
    async with db.read() as tx:
        assert set((await tx.execute(select(col(Agent.status)))).scalars()) == {"idle"}


async def test_a_team_that_rested_works_once_the_model_runs(
    db: Database, vault: Vault, settings: Settings, request: pytest.FixtureRequest
) -> None:
    await load(db, vault, settings)
    request.getfixturevalue("model")
    await load(db, vault, settings, wait=20)
    async with db.read() as tx:
        assert set((await tx.execute(select(col(Agent.status)))).scalars()) == {"idle"}


async def test_loading_again_changes_nothing(db: Database, vault: Vault, settings: Settings) -> None:
    first = await load(db, vault, settings)
    async with db.write() as tx:
        await beads.set_status(tx, "demo-k3wa", BeadStatus.DONE, actor=SYSTEM, reason="It is.")
    before = await counted(db)
    again = await load(db, vault, settings)
    assert again.id == first.id
    assert await counted(db) == before
    async with db.read() as tx:
        assert (await tx.get_one(Bead, "demo-k3wa")).status == BeadStatus.DONE


async def test_two_clicks_make_one_demo(db: Database, vault: Vault, settings: Settings) -> None:
    await asyncio.gather(load(db, vault, settings), load(db, vault, settings))
    found = await counted(db)
    del found["Event"]
    assert found == {"Project": 1, "Provider": 1, "Agent": 4, "Bead": 8, "OrgChart": 1}


async def test_what_is_missing_is_made(db: Database, vault: Vault, settings: Settings) -> None:
    await load(db, vault, settings)
    async with db.write() as tx:
        for agent in (await tx.execute(select(Agent).where(col(Agent.role) == "qa-engineer"))).scalars():
            await tx.delete(agent)
        for bead in (await tx.execute(select(Bead))).scalars():
            await tx.delete(bead)
    await load(db, vault, settings)
    found = await counted(db)
    assert (found["Agent"], found["Bead"]) == (4, 8)


async def test_a_model_that_had_to_move_is_found_again(
    db: Database, vault: Vault, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await load(db, vault, settings)
    switch_of(settings.data_dir).write_text("8189\n")
    await load(db, vault, settings)
    async with db.read() as tx:
        assert (await tx.get_one(Provider, PROVIDER)).endpoint == "http://127.0.0.1:8189/v1"


async def test_somebody_elses_project_is_left_alone(db: Database, vault: Vault, settings: Settings) -> None:
    async with db.write() as tx:
        await projects.create(tx, ProjectDraft(id="demo", name="Mine"), settings=settings, actor=ADA)
    with pytest.raises(Conflict, match="another project, Mine"):
        await load(db, vault, settings)
    assert port_of(settings.data_dir) is None


async def test_a_folder_that_cannot_be_written_is_named(
    db: Database, vault: Vault, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(service, "turn_on", full)
    with pytest.raises(Unavailable, match=r"cannot be made in .*: No space left on device"):
        await load(db, vault, settings)


async def test_nothing_is_loaded_at_first(db: Database, settings: Settings) -> None:
    shown = await view(db, settings)
    assert (shown.loaded, shown.provider_status, shown.model_answers) == (False, "", False)


def test_the_team_takes_every_bead_and_nobody_is_idle_for_ever() -> None:
    team = [Member(role, role, role) for role in TEAM]
    chosen = {}
    for bead_id, bead in sample_beads().items():
        work = Work(bead_id, bead["issue_type"], bead["title"], tuple(bead["labels"]), "")
        found = match(work, team)
        assert found is not None, bead_id
        chosen[bead_id] = found.agent.role
    assert chosen["demo-t5sp"] == "qa-engineer"
    assert chosen["demo-h7ml"] == "web-designer-engineer"
    assert chosen["demo-c8li"] == "devops-engineer"
    assert BEADS.exists()
