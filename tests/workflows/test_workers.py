"""Several workers share what there is to do, and are replaced one by one without anything lost."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from temporalio.client import Client

from loom_app.runs.models import RunStatus
from tests.support.git_repository import subjects
from tests.support.workshop import Workshop, acts, done, until, write

ROOT = Path(__file__).resolve().parents[2]
BEADS = ("Knead", "Bake")


@contextmanager
def worker_process(workshop: Workshop) -> Iterator[subprocess.Popen[bytes]]:
    """One more worker of this workshop."""
    of = workshop.settings
    environ = os.environ | {
        "LOOM_DATA_DIR": str(of.data_dir), "LOOM_DATABASE__URL": of.database.url,
        "LOOM_TEMPORAL__ADDRESS": of.temporal.target, "LOOM_TEMPORAL__NAMESPACE": of.temporal.namespace,
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "workers.main"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_workers_are_replaced_one_by_one_while_beads_are_worked_on(workshop: Workshop) -> None:
    await workshop.staff("qa-engineer", "devops-engineer")
    beads = [await workshop.bead(title) for title in BEADS]
    for bead, title in zip(beads, BEADS, strict=True):
        slow = {**acts(write(f"{title}.txt", "x\n")), "delay": 1.0}
        await workshop.say(bead, slow, {**acts({"type": "read_tree"}), "delay": 1.0}, acts(done()))
    temporal = await workshop.temporal()
    with worker_process(workshop) as other:
        async with workshop.run_worker():
            await until(lambda: _replied(workshop))
        await until(lambda: _has_taken(temporal, beads, other.pid))
        async with workshop.run_worker():
            await _ended(other)
            for bead in beads:
                await workshop.until_bead(bead)
    for bead in beads:
        assert [run.status for run in await workshop.runs(bead)] == [RunStatus.FINISHED]
    assert sorted(subjects(workshop.origin)[1:]) == sorted(BEADS)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Asks a worker to end, as a new version taking its place does, and waits until it has."""
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, 30)


async def _replied(workshop: Workshop) -> bool:
    return bool(await workshop.events("run.replied"))


async def _has_taken(client: Client, beads: list[str], pid: int) -> bool:
    """Whether the worker with that number has taken a step of a run."""
    for bead in beads:
        async for event in client.get_workflow_handle(f"bead-{bead}-1").fetch_history_events():
            if event.HasField("workflow_task_started_event_attributes"):
                of = event.workflow_task_started_event_attributes.identity
                if of.partition("@")[0] == str(pid):
                    return True
    return False
