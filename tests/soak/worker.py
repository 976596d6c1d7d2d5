"""One of the processes.

Takes beads for its agents, holds on to them, finishes or cancels them, now and then tries with a run that it has lost
or a bead that another has. Every operation is a line of its log: what, of which run, whether accepted, when it began.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.beads import service as beads
from loom_app.beads.models import Bead, BeadStatus
from loom_app.config import Settings
from loom_app.dispatch.service import free_expired
from loom_app.kernel.actor import SYSTEM
from loom_app.kernel.clock import now
from loom_app.kernel.errors import Conflict
from loom_app.kernel.log import configure
from loom_app.providers.models import Provider
from loom_app.runs import guard
from loom_app.runs.begin import begin
from loom_app.runs.ending import Ending, end
from loom_app.runs.models import RunStatus, TerminalReason
from tests.support.databases import opened

LEASE = 3.0
BEADS = 60
REMEMBERED = 20
FREE_SECONDS = 0.5
ENDS = {
    "complete": Ending(TerminalReason.COMPLETED, "It is done."),
    "cancel": Ending(TerminalReason.CANCELLED, "A person stopped this run."),
}


@dataclass
class Worker:
    """Its agents, what it holds by run, and runs that it had."""

    url: str
    log: Path
    agents: list[str]
    settings: Settings = field(default_factory=Settings)
    held: list[str] = field(default_factory=list)
    former: list[str] = field(default_factory=list)
    freed_at: float = 0.0

    def __post_init__(self) -> None:
        self.db = opened(self.url)

    async def work(self, operations: int) -> None:
        """As many operations; each is tried once and either accepted or refused."""
        with self.log.open("a", buffering=1) as log:
            while operations:
                try:
                    line = await self._one()
                except OperationalError:  # the database kept it waiting for too long; Temporal would try again
                    continue
                log.write(json.dumps(line) + "\n")
                operations -= 1
        await self.db.dispose()

    async def _one(self) -> dict[str, Any]:
        """One operation, and now and then what ran out is freed."""
        if time.monotonic() > self.freed_at + FREE_SECONDS:
            self.freed_at = time.monotonic()
            await free_expired(self.db, self.settings)
        kind, run_id = self._choose()
        began = time.time()
        accepted, run_id = await self._tried(kind, run_id)
        return {"kind": kind, "run": run_id, "accepted": accepted, "began": began}

    def _choose(self) -> tuple[str, str]:
        """What to do next, with which run."""
        if self.former and random.random() < 0.08:
            return random.choice(["renew", *ENDS]), random.choice(self.former)
        if len(self.held) < len(self.agents) and random.random() < 0.4:
            return "claim", ""
        if not self.held:
            return "claim", ""
        chances = {"renew": 60, "complete": 25, "cancel": 13, "forget": 2}
        (kind,) = random.choices(list(chances), list(chances.values()))
        run_id = random.choice(self.held)
        if kind != "forget":
            return kind, run_id
        self._lost(run_id)
        return "claim", ""

    async def _tried(self, kind: str, run_id: str) -> tuple[bool, str]:
        try:
            async with self.db.write() as tx:
                done = await self._claim(tx) if kind == "claim" else await self._go_on(tx, kind, run_id)
        except Conflict:
            self._lost(run_id)
            return False, run_id
        if kind == "claim":
            self.held.append(done)
        elif kind in ENDS:
            self._lost(run_id)
        return True, done

    async def _claim(self, tx: AsyncSession) -> str:
        idle = select(Agent).where(col(Agent.id).in_(self.agents), col(Agent.status) == AgentStatus.IDLE).limit(1)
        agent = (await tx.execute(idle)).scalars().first()
        bead = await tx.get(Bead, f"kitchen-{random.randrange(BEADS)}")
        if agent is None or bead is None:
            raise Conflict("All agents of this worker are at work.")
        run = await begin(tx, bead, agent, await tx.get_one(Provider, "model"), seconds=LEASE, why="soak")
        run.status, run.started_at = RunStatus.RUNNING, now()
        return run.id

    async def _go_on(self, tx: AsyncSession, kind: str, run_id: str) -> str:
        run = await guard.held(tx, run_id, LEASE)
        if kind in ENDS:
            await end(tx, run, ENDS[kind], self.settings)
            await beads.set_status(tx, run.bead_id, BeadStatus.OPEN, actor=SYSTEM, reason="Again.", restart=True)
        return run_id

    def _lost(self, run_id: str) -> None:
        if run_id in self.held:
            self.held.remove(run_id)
            self.former = [*self.former, run_id][-REMEMBERED:]


def run(url: str, log: Path, operations: int, agents: list[str]) -> None:
    """Does so many operations and ends."""
    configure("error", as_json=False)
    asyncio.run(Worker(url, log, agents).work(operations))
