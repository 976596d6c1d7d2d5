"""Turns that follow each other within one step of the workflow."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from loom_app.agents.models import Agent
from loom_app.beads.models import Bead
from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.providers.models import Provider
from loom_app.runs.begin import begin
from tests.support.provider_process import ProviderProcess
from tests.support.temporal_server import TemporalServer
from tests.support.workshop import Workshop, acts, done, open_workshop, write
from workers.activities import runs
from workers.activities.deps import Deps
from workers.contracts import RunRef, TurnOutcome, TurnRef
from workers.starting import Starts

READ = {"type": "read_file", "path": "flour.txt"}


class Step:
    """A run that has been opened, and the activity that takes its turns."""

    def __init__(self, workshop: Workshop, run_id: str, activities: runs.RunActivities) -> None:
        self.workshop, self.run_id, self._activities = workshop, run_id, activities
        self.beats: list[int] = []

    async def take(self, number: int) -> TurnOutcome:
        """The turns from `number` on."""
        env = ActivityEnvironment()
        env.on_heartbeat = lambda *told: self.beats.extend(told)
        return await env.run(self._activities.take_turns, TurnRef(run_id=self.run_id, number=number))

    async def asked(self) -> int:
        """How many turns the model was asked for."""
        return len((await self.workshop.detail(self.run_id))["turns"])


@pytest.fixture
async def step(
    tmp_path: Path, db: Database, settings: Settings, temporal_server: TemporalServer, model: ProviderProcess
) -> AsyncIterator[Step]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with open_workshop(tmp_path, db, settings, temporal_server, model) as workshop:
        (agent,) = await workshop.staff("qa-engineer")
        bead_id = await workshop.bead("Less flour")
        await workshop.say(bead_id, acts(READ), acts(write("flour.txt", "450 g\n"), READ), acts(done()))
        async with db.write() as tx:
            given = (
                await tx.get_one(Bead, bead_id),
                await tx.get_one(Agent, agent),
                await tx.get_one(Provider, "model"),
            )
            run = await begin(tx, *given, seconds=30, why="it is ready")
        temporal = await workshop.temporal()
        starts = Starts(temporal, workshop.settings.temporal.task_queue)
        activities = runs.RunActivities(Deps(db, workshop.vault, workshop.settings, temporal, starts))
        await ActivityEnvironment().run(activities.open_run, RunRef(run_id=run.id, bead_id=bead_id))
        yield Step(workshop, run.id, activities)


async def test_each_turn_gives_a_sign_of_life(step: Step) -> None:
    assert (await step.take(1)).over
    assert step.beats == [1, 2, 3]


async def test_the_workflow_is_told_from_time_to_time(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SLICE_SECONDS", 0.0)
    told = await step.take(1)
    assert (told.over, told.next_turn) == (False, 2)


async def test_turns_that_were_taken_are_passed_over(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(runs, "SLICE_SECONDS", 0.0)
        await step.take(1)
        await step.take(2)
    assert (await step.take(1)).over
    assert await step.asked() == 3
    assert [row["type"] for turn in (await step.workshop.detail(step.run_id))["turns"] for row in turn["actions"]] == [
        "read_file", "write_file", "read_file", "done",
    ]  # fmt: skip
