"""Every wait of a workflow, over days and months, on Temporal's test server, which turns the time on."""

import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.motivations.models import Condition
from tests.motivations.stage import Stage
from tests.support.workshop import until
from workers.contracts import (
    BootstrapRef,
    Clock,
    DecisionRef,
    RunRef,
    StepOutcome,
    StepRef,
    TurnOutcome,
    TurnRef,
    WorkRef,
    WorkStep,
)
from workers.main import WORKFLOWS
from workers.workflows.agent_work import NightlyCheck
from workers.workflows.bead_processing import BeadProcessingWorkflow
from workers.workflows.bootstrap import BootstrapWorkflow
from workers.workflows.decision import DecisionWorkflow

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOUR, DAY = 3_600.0, 86_400.0
QUEUE = "timers"
SLACK = 30.0
"""Seconds that workers take for what they do, by the clock that is turned on as well."""


class House:
    """Stands for the database: what each step answers, and how often it was asked."""

    def __init__(self) -> None:
        self.left: list[float | None] = []
        self.sooner: list[float] = []
        self.rests = self.waits = 0
        self.asked: Counter[str] = Counter()
        self.stage: Stage | None = None
        self.moment = datetime(2026, 10, 1, tzinfo=UTC)

    @activity.defn(name="expire_decision")
    async def look(self, _: DecisionRef) -> float | None:
        return self.left.pop(0)

    @activity.defn(name="forget")
    async def forget(self) -> float:
        return self._tick("forget")

    @activity.defn(name="back_up")
    async def back_up(self) -> float:
        return self._tick("back_up")

    @activity.defn(name="sweep")
    async def sweep(self) -> float:
        return self._tick("sweep")

    @activity.defn(name="dispatch")
    async def dispatch(self) -> float:
        return self._tick("dispatch")

    @activity.defn(name="check_providers")
    async def check_providers(self) -> float:
        self._tick("check_providers")
        return self.sooner.pop(0) if self.sooner else 0.0

    @activity.defn(name="motivate")
    async def motivate(self) -> float:
        """A look at the moment that the clock has come to: each is half a day after the one before."""
        if self.stage is not None:
            await self.stage.tick(self.moment)
            self.moment += timedelta(days=0.5)
        return self._tick("motivate")

    @activity.defn(name="agent_work")
    async def agent_work(self, step: WorkStep) -> dict[str, Any]:
        self._tick(step.called)
        return {"bead_id": "kit-1"}

    @activity.defn(name="take_step")
    async def take_step(self, step: StepRef) -> StepOutcome:
        self._tick(step.step)
        self.waits -= 1
        return StepOutcome(wait_seconds=HOUR if self.waits >= 0 else 0.0)

    @activity.defn(name="open_run")
    async def open_run(self, _: RunRef) -> TurnOutcome:
        return TurnOutcome(over=False, next_turn=1)

    @activity.defn(name="take_turns")
    async def take_turns(self, turn: TurnRef) -> TurnOutcome:
        self._tick("turn")
        self.rests -= 1
        return TurnOutcome(over=self.rests < 0, next_turn=turn.number, paused=self.rests >= 0)

    def _tick(self, name: str) -> float:
        self.asked[name] += 1
        return 0.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(Path(sys.executable).with_name("temporal-test-server")),
        data_converter=pydantic_data_converter,
    ) as started:
        yield started


@asynccontextmanager
async def worked(environment: WorkflowEnvironment) -> AsyncIterator[House]:
    """A worker whose steps are those of a house."""
    house = House()
    steps: list[Callable[..., Any]] = [
        house.look, house.forget, house.back_up, house.sweep, house.dispatch, house.check_providers, house.motivate,
        house.agent_work, house.take_step, house.open_run, house.take_turns,
    ]  # fmt: skip
    async with Worker(environment.client, task_queue=QUEUE, workflows=WORKFLOWS, activities=steps):
        yield house


async def seconds_of(handle: WorkflowHandle[Any, Any]) -> float:
    """How long it took by the clock that is turned on."""
    told = await handle.describe()
    assert told.close_time is not None
    return (told.close_time - told.start_time).total_seconds()


async def test_days_pass_and_a_later_deadline_is_waited_for(environment: WorkflowEnvironment) -> None:
    async with worked(environment) as house:
        for name, left in (("two days", [None]), ("extended", [7 * DAY, 1.0, None])):
            house.left = list(left)
            handle = await environment.client.start_workflow(
                DecisionWorkflow.run, DecisionRef(decision_id=name, seconds=2 * DAY), id=name, task_queue=QUEUE
            )
            assert (await handle.result(), house.left) == ("expired", [])
            assert 0 <= await seconds_of(handle) - (2 * DAY + sum(one or 0 for one in left)) < SLACK


async def test_each_clock_ticks_by_its_interval_and_sooner_where_that_is_asked_for(
    environment: WorkflowEnvironment,
) -> None:
    wanted = {"LoomHeartbeatWorkflow": ("sweep", 10.0), "DispatcherWorkflow": ("dispatch", 5.0),
              "BackupWorkflow": ("back_up", 600.0), "RetentionWorkflow": ("forget", HOUR)}  # fmt: skip
    async with worked(environment) as house:
        for name, (step, seconds) in wanted.items():
            handle = await environment.client.start_workflow(
                name, Clock(seconds=seconds, ticks=15), id=name, task_queue=QUEUE
            )
            await _ticked(house, step, 1)
            await environment.sleep(seconds * 20.5)
            await _ticked(house, step, 21)
            await handle.terminate()
            assert house.asked[step] <= 22, name
        house.sooner = [2.0, 4.0, 8.0, 16.0]
        handle = await environment.client.start_workflow(
            "ProviderHeartbeatWorkflow", Clock(seconds=1_800), id="providers", task_queue=QUEUE
        )
        for seconds, times in ((1, 1), (34, 5), (1_500, 5), (500, 6)):
            await environment.sleep(seconds)
            await _ticked(house, "check_providers", times)
            assert house.asked["check_providers"] == times
        await handle.terminate()


async def _ticked(house: House, step: str, times: int) -> None:
    async def enough() -> bool:
        return house.asked[step] >= times

    await until(enough, 20, what=f"{step} {times} times, not {house.asked[step]}")


async def test_work_put_off_for_weeks_begins_then_or_at_once_or_never(environment: WorkflowEnvironment) -> None:
    async with worked(environment) as house:
        ref = WorkRef(source_id="tin-1", wait=21 * DAY)
        start = environment.client.start_workflow
        handle = await start(NightlyCheck.run, ref, id="later", task_queue=QUEUE)
        assert (await handle.result(), house.asked["later"]) == ({"bead_id": "kit-1"}, 1)
        assert 0 <= await seconds_of(handle) - 21 * DAY < SLACK
        for name, result, times in (("now", {"bead_id": "kit-1"}, 1), ("stop", {"status": "stopped"}, 0)):
            handle = await start(NightlyCheck.run, ref, id=name, task_queue=QUEUE, start_signal=name,
                                 start_signal_args=["tin-2"])  # fmt: skip
            assert (await handle.result(), house.asked[name]) == (result, times)
            assert await seconds_of(handle) < SLACK


async def test_a_run_that_rests_for_hours_looks_ever_seldomer_and_a_bootstrap_waits_for_its_person(
    environment: WorkflowEnvironment,
) -> None:
    async with worked(environment) as house:
        house.rests, start = 30, environment.client.start_workflow
        handle = await start(
            BeadProcessingWorkflow.run, RunRef(run_id="run-1", bead_id="kit-1"), id="bead-kit-1-1", task_queue=QUEUE
        )
        assert (await handle.result(), house.asked["turn"]) == ("over", 31)
        assert 0 <= await seconds_of(handle) - (30 + 60 + 120 + 240 + 480 + 25 * 600) < SLACK
        house.waits = 5
        ref = BootstrapRef(project_id="kitchen", attempt=1, steps=["key", "ready"])
        begun = await start(BootstrapWorkflow.run, ref, id="bootstrap", task_queue=QUEUE)
        assert (await begun.result(), house.asked["key"], house.asked["ready"]) == ("ready", 6, 1)
        assert 0 <= await seconds_of(begun) - 5 * HOUR < SLACK


@pytest.fixture
def berlin() -> Iterator[None]:
    """A machine in a zone whose clocks change in October."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    yield
    del os.environ["TZ"]
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("berlin")
async def test_what_recurs_by_day_week_month_and_quarter_fires_once_each_over_two_months_and_a_change_of_clocks(
    environment: WorkflowEnvironment, db: Database, settings: Settings
) -> None:
    stage = Stage(db, settings)
    await stage.project()
    since = datetime(2026, 9, 30, 12, tzinfo=UTC)
    lengths = {"daily": "24h", "weekly": "7d"}
    for name, length in lengths.items():
        given = {"interval": length}
        await stage.motivation(Condition.SCHEDULED_INTERVAL, name=name, parameters=given, since=since)
    await stage.motivation(Condition.MONTH_BOUNDARY, name="monthly", since=since)
    await stage.motivation(Condition.QUARTER_BOUNDARY, name="quarterly", since=since)
    async with worked(environment) as house:
        house.stage = stage
        handle = await environment.client.start_workflow(
            "MotivationWorkflow", Clock(seconds=DAY / 2, ticks=50), id="motivations", task_queue=QUEUE
        )
        await environment.sleep(61 * DAY + HOUR)
        await _ticked(house, "motivate", 123)
        await handle.terminate()
    fired = await stage.fired()
    times = Counter(one.motivation_name for one in fired)
    assert times == {"daily": 62, "weekly": 9, "monthly": 3, "quarterly": 1}
    assert len({(one.motivation_name, one.cause) for one in fired}) == len(fired)
