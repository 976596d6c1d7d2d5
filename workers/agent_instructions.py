"""Sees to instructions nobody is at, to what personas ask for, and to schedules that came or went."""

import asyncio
from functools import partial

from sqlalchemy import select
from sqlmodel import col

from loom_app.agents.models import Agent, AgentStatus
from loom_app.config import Settings
from loom_app.events.record import EventRecord
from loom_app.gitaccess import service as gitaccess
from loom_app.kernel.database import Database
from loom_app.kernel.errors import LoomError, Unavailable
from loom_app.kernel.keyforms import without_keys
from loom_app.kernel.keyring import vault_of
from loom_app.personas import service as personas
from loom_app.personas.models import Persona
from loom_app.temporal_language import keeping, schedules, service
from loom_app.temporal_language.engine import Engine
from workers.watching import Watch

LOOK_SECONDS, SETTLE_SECONDS = 15.0, 600.0
MOST_AT_ONCE = 4
SETTLE_ON = (
    "agent.spawned", "agent.assigned", "agent.completed", "agent.deleted", "agent.updated", "persona.",
    "project.deleted", "temporal.paused", "temporal.resumed", "temporal.unscheduled",
)  # fmt: skip
"""Beginnings of the types of events after which other schedules may have to hold."""


class AgentInstructions:
    """Carries out what waits, and settles schedules, until it is cancelled."""

    def __init__(self, db: Database, settings: Settings, engine: Engine) -> None:
        self._db, self._settings, self._engine = db, settings, engine
        self._waiting = Watch(
            "instructions", self._left, self._carry_out, seconds=LOOK_SECONDS, most_at_once=MOST_AT_ONCE
        )
        self._is_news = False
        self._settling = Watch("schedules", self._always, self._settle, seconds=SETTLE_SECONDS)

    def hear(self, batch: list[EventRecord]) -> None:
        """Looks at once when something may have changed."""
        if any(event.type.startswith(SETTLE_ON) for event in batch):
            self._is_news = True
            self._settling.wake()

    async def follow(self) -> None:
        """Sees to both for ever."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._waiting.follow())
            both.create_task(self._settling.follow())

    async def _left(self) -> list[str]:
        async with self._db.read() as tx:
            return await service.left(tx)

    async def _carry_out(self, instruction_id: str) -> None:
        await service.carry_out(self._db, self._settings, self._engine, instruction_id)

    async def _always(self) -> list[str]:
        return ["all"]

    async def _settle(self, _: str) -> None:
        self._is_news = False
        for agent, persona in await self._asking():
            async with self._db.write() as tx:
                known = await gitaccess.known_secrets(tx, vault_of(self._db), agent.project_id)
                clean = partial(without_keys, known=known)
                await keeping.keep_of_persona(tx, agent, persona, self._settings.temporal_language, clean)
        self._waiting.wake()
        try:
            await schedules.settle(self._db, self._engine)
        except Unavailable:
            asyncio.get_running_loop().call_later(LOOK_SECONDS, self._settling.wake)
            raise
        await service.forget_old(self._db, self._settings)
        if self._is_news:
            self._settling.wake()

    async def _asking(self) -> list[tuple[Agent, Persona]]:
        """The agents whose persona asks for something, or may have asked before."""
        async with self._db.read() as tx:
            query = select(Agent).where(col(Agent.status) != AgentStatus.COMPLETE)
            agents = (await tx.execute(query)).scalars().all()
            timed = await keeping.with_persona_schedules(tx)
        found = [(agent, _persona(agent)) for agent in agents]
        return [(agent, own) for agent, own in found if own and (agent.id in timed or keeping.asks(own))]


def _persona(agent: Agent) -> Persona | None:
    try:
        return personas.get_persona(agent.persona_name)
    except LoomError:
        return None
