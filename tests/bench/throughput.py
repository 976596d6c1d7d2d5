"""How fast ready beads become runs under way, beside the same workflows started without Loom on the same machine."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import update
from sqlmodel import col
from temporalio import activity
from temporalio.worker import Worker

from loom_app.config import Settings
from loom_app.kernel.crypto import Vault
from loom_app.kernel.database import Database
from loom_app.kernel.keyring import Keyring
from loom_app.kernel.migrate import upgrade
from loom_app.runs.models import Run, RunStatus
from tests.bench.table import Figure
from tests.support.provider_process import ProviderProcess
from tests.support.temporal_server import TemporalServer
from tests.support.workshop import Workshop, open_workshop
from workers.activities.clocks import ClockActivities
from workers.activities.deps import Deps
from workers.contracts import Clock, RunRef, TurnOutcome
from workers.starting import AGAIN, TASK, About, Starts
from workers.workflows.bead_processing import BeadProcessingWorkflow
from workers.workflows.clocks import DispatcherWorkflow

BEADS, ROUNDS = 50, 3
BARE = "bare-"


class Opening:
    """Stands for what opens a run: notes that it has begun, and that is all."""

    def __init__(self, workshop: Workshop) -> None:
        self._db, self._left, self._all = workshop.db, 0, asyncio.Event()

    def expect(self, count: int) -> None:
        """Waits for so many from now on."""
        self._left = count
        self._all.clear()

    async def all_of_them(self) -> None:
        """Until as many have begun as were expected."""
        await self._all.wait()

    @activity.defn(name="open_run")
    async def open_run(self, ref: RunRef) -> TurnOutcome:
        """Over at once."""
        if not ref.run_id.startswith(BARE):
            async with self._db.write() as tx:
                begun = update(Run).where(col(Run.id) == ref.run_id).values(status=RunStatus.RUNNING)
                await tx.execute(begun)
        self._left -= 1
        if not self._left:
            self._all.set()
        return TurnOutcome(over=True)


def scene() -> list[Figure]:
    """By how many percent fewer beads get under way in a second than the same workflows do alone."""
    return asyncio.run(_scene())


async def _scene() -> list[Figure]:
    with TemporaryDirectory() as folder, TemporalServer() as server, ProviderProcess() as model:
        of = Settings(data_dir=Path(folder))
        db = Database(of.database_url)
        Keyring(db, Vault.open(of.data_dir, None))
        await upgrade(db)
        async with open_workshop(Path(folder), db, of, server, model) as workshop:
            ours, bare = await _measured(workshop)
        await db.dispose()
    return [Figure("dispatch_short_of_bare_workflows", 100 * max(0.0, 1 - ours / bare), "%", 40)]


async def _measured(workshop: Workshop) -> tuple[float, float]:
    """The middle of some rounds: beads of ours and bare workflows, a second."""
    client, opening = await workshop.temporal(), Opening(workshop)
    starts = Starts(client, workshop.settings.temporal.task_queue)
    await starts.learn()
    clocks = ClockActivities(Deps(workshop.db, workshop.vault, workshop.settings, client, starts))
    async with Worker(
        client, task_queue=workshop.settings.temporal.task_queue,
        workflows=[BeadProcessingWorkflow, DispatcherWorkflow], activities=[clocks.dispatch, opening.open_run],
    ):  # fmt: skip
        clock = workshop.settings.dispatch.tick_seconds
        await starts.start(
            "DispatcherWorkflow", Clock(seconds=clock), "DispatcherWorkflow", About("a bench"), reuse=AGAIN
        )
        dispatcher = client.get_workflow_handle("DispatcherWorkflow")
        ours, bare = [], []
        for number in range(ROUNDS):
            bare.append(await _timed(opening, lambda number=number: _bare(starts, number)))  # type: ignore[misc]
            await workshop.staff(*["qa-engineer"] * BEADS)
            for at in range(BEADS):
                await workshop.bead(f"Bead {at} of round {number}")
            ours.append(await _timed(opening, lambda: dispatcher.signal("kick")))
    return BEADS / median(ours), BEADS / median(bare)


async def _timed(opening: Opening, begin: Callable[[], Awaitable[object]]) -> float:
    """Seconds from the word to begin until the last has begun."""
    opening.expect(BEADS)
    at = time.perf_counter()
    await begin()
    await opening.all_of_them()
    return time.perf_counter() - at


async def _bare(starts: Starts, number: int) -> None:
    """Workflows of the same shape, all at once."""
    await asyncio.gather(
        *(
            starts.start(
                "BeadProcessingWorkflow", RunRef(run_id=f"{BARE}{at}", bead_id="none"), f"{BARE}{number}-{at}",
                About("a bench"), request_eager_start=True, task_timeout=TASK,
            )
            for at in range(BEADS)
        )
    )  # fmt: skip
