"""`make soak`: LOOM_SOAK_OPERATIONS (100,000) on SQLite, and on PostgreSQL where LOOM_TEST_POSTGRES_URL is set.

One line with the figures for each; exit code 1 when a bead was held twice, a write that came too late was accepted, or
a bead was stuck more than five seconds after its lease.
"""

import asyncio
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.dispatch.service import free_expired
from loom_app.kernel.database import Database
from loom_app.kernel.log import configure
from loom_app.kernel.migrate import upgrade
from tests.soak import verdict, worker
from tests.soak.worker import BEADS, LEASE
from tests.support import rows
from tests.support.databases import opened

PROCESSES, AGENTS_EACH = 8, 3
STOPPED_SECONDS = 3.5
PAUSE_SECONDS = 3.0
"""Between two interruptions: a process that is stopped within a transaction keeps others waiting while it lasts."""
KILLED = 0.4
"""How many of the interruptions kill rather than stop."""
LOOK_SECONDS = 0.5


AT_ONCE = multiprocessing.get_context("forkserver")
"""Processes that need not load everything anew each time they are killed."""
AT_ONCE.set_forkserver_preload(["tests.soak.worker"])
PROCESS = AT_ONCE.Process


class Process:
    """One worker; started again after it was killed, until it has done its operations."""

    def __init__(self, url: str, folder: Path, number: int, operations: int) -> None:
        self.log, self._url, self._operations = folder / f"worker-{number}.jsonl", url, operations
        self._agents = [f"agent-{number}-{one}" for one in range(AGENTS_EACH)]
        self.killed = self.stopped = 0
        self.start()

    def start(self) -> None:
        """Goes on with what is left."""
        left = max(0, self._operations - sum(1 for _ in verdict.lines([self.log])))
        self._process = PROCESS(target=worker.run, args=(self._url, self.log, left, self._agents), daemon=True)
        self._process.start()

    @property
    def is_over(self) -> bool:
        """Whether it has done everything. Raises AssertionError when it failed by itself."""
        code = self._process.exitcode
        assert code in (None, 0), f"a worker ended with {code}"
        return code == 0

    async def interrupt(self) -> None:
        """Kills it, or stops it for longer than a lease holds."""
        if random.random() < KILLED:
            self.end()
            with self.log.open("a") as log:
                log.write("\n")
            self.killed += 1
            self.start()
            return
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        self.stopped += 1
        await asyncio.sleep(STOPPED_SECONDS)
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> None:
        """Whatever became of it."""
        self._process.kill()
        self._process.join()


async def soak(url: str, operations: int) -> bool:
    """Runs it on one database; whether everything held."""
    db, begun = opened(url), time.monotonic()
    await _furnish(db)
    with tempfile.TemporaryDirectory() as folder:
        processes = [Process(url, Path(folder), number, operations // PROCESSES) for number in range(PROCESSES)]
        stuck: list[str] = []
        watch = asyncio.create_task(_watch(db, stuck))
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
        "stuck": stuck + await verdict.stuck(db),
    }
    figures = {
        "engine": db.url.get_backend_name(), "seconds": round(time.monotonic() - begun),
        "killed": sum(one.killed for one in processes), "stopped": sum(one.stopped for one in processes),
        **{name: len(wrong) for name, wrong in found.items()}, **await verdict.counted(db, said),
    }  # fmt: skip
    await db.dispose()
    print(json.dumps(figures), *(one for wrong in found.values() for one in wrong[:10]), sep="\n", flush=True)
    return not any(found.values())


async def _watch(db: Database, stuck: list[str]) -> None:
    """Frees what ran out, as the worker of Loom does, and looks for what is stuck all the same."""
    while True:
        with suppress(OperationalError):
            stuck += await verdict.stuck(db)
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
    configure("error", as_json=False)
    operations = int(os.environ.get("LOOM_SOAK_OPERATIONS", "100000"))
    with tempfile.TemporaryDirectory() as folder:
        held = await soak(f"sqlite+aiosqlite:///{folder}/loom.db", operations)
    server = os.environ.get("LOOM_TEST_POSTGRES_URL", "")
    if server:
        async with _postgres(server) as url:
            held = await soak(url, operations) and held
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
