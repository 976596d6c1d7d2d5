"""Loading the demo: what is missing of it is made, what is there stays as it is."""

import asyncio
import time

from filelock import AsyncFileLock, Timeout
from sqlalchemy.ext.asyncio import AsyncSession

from loom_app.agents import service as agents
from loom_app.agents import team
from loom_app.agents.schemas import AgentDraft
from loom_app.beadfiles.interchange import import_text
from loom_app.config import Settings
from loom_app.demo import repository
from loom_app.demo.completions import MODEL
from loom_app.demo.sample_repository import ensure_sample
from loom_app.demo.schemas import DemoView
from loom_app.demo.script import SAMPLE
from loom_app.demo.switch import HOST, answers, port_of, switch_of, turn_on
from loom_app.gitaccess.reach import checkout_of
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.errors import Conflict, NotFound, Unavailable
from loom_app.projects import service as projects
from loom_app.projects.models import Project
from loom_app.projects.schemas import ProjectDraft
from loom_app.providers import health
from loom_app.providers import service as providers
from loom_app.providers.models import ProviderType
from loom_app.providers.schemas import Prices, ProviderDraft

PROJECT = "demo"
PROVIDER = "demo"
TEAM = ("engineering-manager", "qa-engineer", "web-designer-engineer", "devops-engineer")
"""Personas of the agents; each has a bead or more that suits it."""
LIST_PRICES = Prices(input=150_000, cached_input=75_000, output=600_000)
"""Nobody pays for the demo model; these stand in, so that cost shows as it does with a real one."""
BEADS = SAMPLE / ".beads" / "issues.jsonl"
MODEL_START_SECONDS = 10.0
POLL_SECONDS = 0.1
LOCK_SECONDS = 60.0


async def load_demo(
    db: Database, vault: Vault, settings: Settings, *, actor: Actor = SYSTEM, wait: float | None = None
) -> Project:
    """The sample project with its repository, model, team and beads, in this order, so that work starts last.

    Waits `wait` seconds at most, else MODEL_START_SECONDS, for the model to start; without it the team rests until a
    heartbeat finds it.
    Safe to repeat and to interrupt. Raises Conflict when a project or provider of the name "demo" is not ours,
    GitFailed when the repository cannot be made and Unavailable when no port is free.
    """
    lock = switch_of(settings.data_dir).with_name("lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        async with AsyncFileLock(lock, timeout=LOCK_SECONDS):
            return await _load(db, vault, settings, actor, MODEL_START_SECONDS if wait is None else wait)
    except Timeout as error:
        raise Unavailable("The demo is being loaded already and that takes long. Look again in a minute.") from error
    except OSError as error:
        raise Unavailable(f"The demo cannot be made in {settings.data_dir}: {error.strerror or error}.") from error


async def _load(db: Database, vault: Vault, settings: Settings, actor: Actor, wait: float) -> Project:
    async with db.write() as tx:
        project = await _ensure_project(tx, settings, actor)
    actor = actor.seeing(project.id)
    port = await asyncio.to_thread(turn_on, settings.data_dir)
    await ensure_sample(checkout_of(db, project))
    await _ensure_model(db, vault, settings, port, wait)
    async with db.write() as tx:
        await _ensure_team(tx, actor)
        await _ensure_beads(tx, actor)
    return project


async def view(db: Database, settings: Settings, *, actor: Actor = SYSTEM) -> DemoView:
    """What there is of the demo for `actor`: nothing while it is a project they do not see."""
    port = port_of(settings.data_dir)
    running = port is not None and await asyncio.to_thread(answers, port)
    async with db.read() as tx:
        try:
            await projects.get(tx, PROJECT, actor=actor)
            status = (await providers.get(tx, PROVIDER)).status
        except NotFound:
            status = ""
    return DemoView(
        loaded=bool(status), project_id=PROJECT, provider_id=PROVIDER, provider_status=status, model_answers=running
    )


async def _ensure_project(tx: AsyncSession, settings: Settings, actor: Actor) -> Project:
    try:
        project = await projects.get(tx, PROJECT)
    except NotFound:
        draft = ProjectDraft(id=PROJECT, name="Potluck (demo)", bead_prefix="demo", test_command="python3 -m unittest")
        return await projects.create(tx, draft, settings=settings, actor=actor, is_demo=True)
    if not actor.sees(project.id):
        raise Conflict(
            "The demo is loaded already, for others. Ask an administrator to let you in.", code="demo_of_others"
        )
    if not project.is_demo:
        raise Conflict(f"The id {PROJECT!r} belongs to another project, {project.name}.", code="demo_taken")
    return project


async def _ensure_model(db: Database, vault: Vault, settings: Settings, port: int, wait: float) -> None:
    """The provider, checked. It is placed by Loom itself: nobody but an administrator may name a local address."""
    draft = ProviderDraft(
        id=PROVIDER,
        name="Demo model",
        type=ProviderType.LOCAL,
        endpoint=f"http://{HOST}:{port}/v1",
        model=MODEL,
        description="Plays the demo's eight beads from a script and understands nothing. Its prices are made up.",
        tags=["demo model"],
        prices=LIST_PRICES,
    )
    async with db.write() as tx:
        provider = await providers.register(tx, draft, vault=vault, actor=SYSTEM, is_demo=True)
        if not provider.is_demo:
            raise Conflict(f"The id {PROVIDER!r} belongs to another provider, {provider.name}.", code="demo_taken")
    await _wait_for_model(port, wait)
    await health.check(db, vault, PROVIDER, budgets=settings.budgets)


async def _wait_for_model(port: int, wait: float) -> None:
    deadline = time.monotonic() + wait
    while not await asyncio.to_thread(answers, port) and time.monotonic() < deadline:  # noqa: ASYNC110 - not ours
        await asyncio.sleep(POLL_SECONDS)


async def _ensure_team(tx: AsyncSession, actor: Actor) -> None:
    """An agent for each persona that the project has none of; those who only waited for the model wait no longer."""
    if await providers.working(tx, PROVIDER):
        await agents.resume_all_for_provider(tx)
    present = await repository.personas(tx, PROJECT)
    for role in TEAM:
        if f"default/{role}" not in present:
            draft = AgentDraft(persona_name=f"default/{role}", project_id=PROJECT, provider_id=PROVIDER)
            await team.create(tx, draft, actor=actor)


async def _ensure_beads(tx: AsyncSession, actor: Actor) -> None:
    """The beads of the sample's own file, unless the project has beads already."""
    if not await repository.has_beads(tx, PROJECT):
        await import_text(tx, PROJECT, BEADS.read_text(encoding="utf-8"), actor=actor)
