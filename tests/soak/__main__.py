"""`make soak`: LOOM_SOAK_OPERATIONS (100,000) on SQLite, and on PostgreSQL where LOOM_TEST_POSTGRES_URL is set.

One line with the figures for each; exit code 1 when a bead was held twice, a write that came too late was accepted, or
a bead was stuck more than five seconds after its lease.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.dispatch.service import free_expired
from loom_app.kernel.database import Database
from loom_app.kernel.migrate import upgrade
from tests.soak import verdict
from tests.soak.worker import BEADS, LEASE
from tests.support import rows
from tests.support.databases import opened

PROCESSES, AGENTS_EACH = 8, 3
STOPPED_SECONDS = 3.0
PAUSE_SECONDS = 0.7
KILLED = 0.4
"""How many of the interruptions kill rather than stop."""
LOOK_SECONDS = 0.5


class Process:
    """One worker; started again after it was killed, until it has done its operations."""

    def __init__(self, url: str, folder: Path, number: int, operations: int) -> None:
        self.log, self._url, self._operations = folder / f"worker-{number}.jsonl", url, operations
        self._agents = [f"agent-{number}-{one}" for one in range(AGENTS_EACH)]
        self.killed = self.stopped = 0
        self.start()

    def start(self) -> None:
        """Goes on with what is left."""
        left = self._operations - sum(1 for _ in verdict.lines([self.log]))
        command = [
            sys.executable,
            "-m",
            "tests.soak.worker",
            self._url,
            str(self.log),
            str(max(0, left)),
            *self._agents,
        ]
        self._process = subprocess.Popen(command)

    @property
    def is_over(self) -> bool:
        """Whether it has done everything. Raises AssertionError when it failed by itself."""
        code = self._process.poll()
        assert code in (None, 0), f"a worker ended with {code}"
        return code == 0

    async def interrupt(self) -> None:
        """Kills it, or stops it for longer than a lease holds."""
        if random.random() < KILLED:
            self._process.kill()
            self._process.wait()
            with self.log.open("a") as log:
                log.write("\n")
            self.killed += 1
            self.start()
            return
        self._process.send_signal(signal.SIGSTOP)
        self.stopped += 1
        await asyncio.sleep(STOPPED_SECONDS)
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        """Whatever became of it."""
        self._process.kill()
        self._process.wait()


async def soak(url: str, operations: int) -> bool:
    """Runs it on one database; whether everything held."""
    db, begun = opened(url), time.monotonic()
    await _furnish(db)
    with tempfile.TemporaryDirectory() as folder:
        processes = [Process(url, Path(folder), number, operations // PROCESSES) for number in range(PROCESSES)]
        watch = asyncio.create_task(_watch(db))
        try:
            while running := [one for one in processes if not one.is_over]:
                await random.choice(running).interrupt()
                await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(LEASE + verdict.STUCK_SECONDS)
        finally:
            watch.cancel()
            for one in processes:
                one.end()
        said = list(verdict.lines([one.log for one in processes]))
    found = {
        "double leases": await verdict.double_leases(db),
        "stale writes accepted": await verdict.stale_writes(db, said),
        "stuck": watch_found(watch) + await verdict.stuck(db),
    }
    figures = {
        "engine": db.url.get_backend_name(), "seconds": round(time.monotonic() - begun),
        "killed": sum(one.killed for one in processes), "stopped": sum(one.stopped for one in processes),
        **{name: len(wrong) for name, wrong in found.items()}, **await verdict.counted(db, said),
    }  # fmt: skip
    await db.dispose()
    print(json.dumps(figures), *(one for wrong in found.values() for one in wrong[:10]), sep="\n", flush=True)
    return not any(found.values())


STUCK: list[str] = []


def watch_found(_: object) -> list[str]:
    """What was stuck at any moment."""
    return STUCK


async def _watch(db: Database) -> None:
    """Frees what ran out, as the worker of Loom does, and looks for what is stuck all the same."""
    while True:
        STUCK.extend(await verdict.stuck(db))
        await free_expired(db, Settings())
        await asyncio.sleep(LOOK_SECONDS)


async def _furnish(db: Database) -> None:
    await upgrade(db)
    await rows.project(db)
    await rows.provider(db)
    async with db.write() as tx:
        for number in range(BEADS):
            tx.add(Bead(id=f"kitchen-{number}", project_id="kitchen", title="Weigh the flour", status=BeadStatus.OPEN))
        for number in range(PROCESSES):
            for one in range(AGENTS_EACH):
                name = f"agent-{number}-{one}"
                tx.add(
                    Agent(
                        id=name, name=name, role="qa-engineer", persona_name="default/qa-engineer",
                        project_id="kitchen", status=AgentStatus.IDLE,
                    )
                )  # fmt: skip


@asynccontextmanager
async def _postgres(url: str) -> AsyncIterator[str]:
    """The address of a database of its own."""
    at, name = make_url(url), f"loom_soak_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(at.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        await connection.execute(f'CREATE DATABASE "{name}"')
        yield at.set(database=name).render_as_string(hide_password=False)
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


async def main() -> int:
    """Both engines, one after the other."""
    operations = int(os.environ.get("LOOM_SOAK_OPERATIONS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        held = await soak(f"sqlite+aiosqlite:///{folder}/loom.db", operations)
    STUCK.clear()
    server = os.environ.get("LOOM_TEST_POSTGRES_URL", "")
    if server:
        async with _postgres(server) as url:
            held = await soak(url, operations) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
