"""What a look at 500 motivations costs beside 100,000 beads: measured in this process, on SQLite."""

import asyncio
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from loom_app.agents.models import Agent, AgentStatus
from loom_app.config import Settings
from loom_app.events.service import append
from loom_app.kernel.actor import SYSTEM, Actor
from loom_app.kernel.clock import now
from loom_app.kernel.columns import table
from loom_app.kernel.database import Database
from loom_app.kernel.ids import new_id
from loom_app.kernel.opening import opened
from loom_app.milestones.models import Milestone
from loom_app.motivations import ticking
from loom_app.motivations.defaults import EVERY
from loom_app.motivations.models import TYPE_OF, Condition, Motivation
from loom_app.motivations.registering import ensure_defaults
from loom_app.projects.models import Project
from tests.bench import many
from tests.bench.table import Figure

BEADS, REGISTERED, PROJECTS, EVENTS, MILESTONES = 100_000, 500, 10, 20_000, 200
ROUNDS = 15
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
ROLES = sorted({default.role for default in EVERY})
GIVEN: dict[Condition, dict[str, Any]] = {
    Condition.TIME_REACHED: {"at": "2030-01-01T00:00:00Z"},
    Condition.SCHEDULED_INTERVAL: {"interval": "1h"},
}
PERSON = Actor("user", "user-ann", "Ann", frozenset({"*:*"}))


def scene() -> list[Figure]:
    """A look with nothing new, and one at which ten fire, with every kind of condition on."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(Path(folder)))


async def _measured(folder: Path) -> list[Figure]:
    async with opened(Settings(data_dir=folder)) as at:
        await many.fill(at.db, BEADS)
        await _fill(at.db)
        settings = Settings(data_dir=folder)
        moment = now() + timedelta(hours=2)
        firing: list[float] = []
        while (took := await _tick(at.db, settings, moment))[1]:
            firing.append(took[0])
        quiet = [(await _tick(at.db, settings, moment))[0] for _ in range(ROUNDS)]
        began = time.process_time()
        await _tick(at.db, settings, moment)
        used = time.process_time() - began
    share = 100 * used / settings.motivations.tick_seconds
    return [
        Figure("motivations_500_of_100000_beads_quiet_tick_median", statistics.median(quiet), "ms", 250),
        Figure("motivations_500_of_100000_beads_ten_fire_median", statistics.median(firing), "ms", 250),
        Figure("motivations_500_quiet_ticks", share, "% of a CPU", 1),
    ]


async def _tick(db: Database, settings: Settings, moment: datetime) -> tuple[float, int]:
    """Milliseconds, and how many fired."""
    begun = time.perf_counter()
    ticked = await ticking.tick(db, settings, moment)
    return (time.perf_counter() - begun) * 1_000, ticked.fired


async def _fill(db: Database) -> None:
    """Teams, milestones, events and motivations of every kind."""
    await ensure_defaults(db)
    projects = [many.PROJECT, *(f"project-{number}" for number in range(1, PROJECTS))]
    async with db.write() as tx:
        tx.add_all(Project(id=project_id, name=project_id, created_at=LONG_AGO) for project_id in projects[1:])
        await tx.flush()
        await tx.execute(insert(table(Agent)), [_agent(project_id, role) for project_id in projects for role in ROLES])
        tx.add_all(_milestone(number, projects[number % PROJECTS]) for number in range(MILESTONES))
        tx.add_all(
            _motivation(number, one) for number, one in enumerate(islice(cycle(Condition), REGISTERED - len(EVERY)))
        )
    for start in range(0, EVENTS, 2_000):
        async with db.write() as tx:
            for number in range(start, start + 2_000):
                project_id = projects[number % PROJECTS]
                append(tx, "run.action_ended", actor=PERSON, project_id=project_id, subject_id=many.id_of(number))


def _agent(project_id: str, role: str) -> dict[str, Any]:
    made = Agent(
        id=new_id("agent"), name=role, role=role, persona_name=f"default/{role}", project_id=project_id,
        status=AgentStatus.IDLE,
    )  # fmt: skip
    return made.model_dump()


def _milestone(number: int, project_id: str) -> Milestone:
    due = now() + timedelta(days=number / 2 - 20)
    return Milestone(id=new_id("ms"), project_id=project_id, name=f"Milestone {number}", due_date=due)


def _motivation(number: int, condition: Condition) -> Motivation:
    return Motivation(
        id=new_id("mot"), name=f"Motivation {number}", type=TYPE_OF[condition], condition=condition,
        agent_role=ROLES[number % len(ROLES)], parameters=GIVEN.get(condition, {}), active_since=LONG_AGO,
        priority=number % 100, create_bead=number % 3 == 0, cooldown_minutes=60, created_by=SYSTEM.id,
    )  # fmt: skip
