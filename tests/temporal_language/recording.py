"""Temporal as the language sees it, without a server: what is started is remembered, and done when it is asked for."""

from dataclasses import dataclass, field
from typing import Any

from loom_app.config import Settings
from loom_app.kernel.database import Database
from loom_app.kernel.errors import NotFound, Unavailable
from loom_app.temporal_language import firing
from loom_app.temporal_language.engine import Start, Timed


@dataclass
class Recording:
    """Implements Engine. While it is `away` nothing is answered; `lost` does what is asked and loses the answer."""

    db: Database
    settings: Settings
    away: bool = False
    lost: bool = False
    started: dict[str, Start] = field(default_factory=dict)
    timed: dict[str, Timed] = field(default_factory=dict)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def start(self, wanted: Start) -> None:
        """Remembers it once."""
        self._answer()
        self.started.setdefault(wanted.id, wanted)
        self._lose()

    async def result(self, workflow_id: str, seconds: float) -> dict[str, Any] | None:
        """Does the work."""
        self._answer()
        wanted = self.started[workflow_id]
        if wanted.wait > seconds:
            return None
        return await firing.perform(self.db, self.settings, workflow_id, wanted.instruction_id)

    async def query(self, workflow_id: str, type_: str) -> dict[str, Any]:
        """What was asked."""
        self._answer()
        self._known(workflow_id)
        return {"status": "waiting", "asked": type_}

    async def signal(self, workflow_id: str, name: str, instruction_id: str) -> None:
        """Remembers it."""
        self._answer()
        self._known(workflow_id)
        self.told.append((workflow_id, name, instruction_id))

    async def cancel(self, workflow_id: str, _run_id: str = "") -> None:
        """Remembers it."""
        self._answer()
        self._known(workflow_id)
        self.cancelled.append(workflow_id)

    async def put(self, wanted: Timed) -> None:
        """Remembers it as wanted last."""
        self._answer()
        self.timed[wanted.id] = wanted
        self._lose()

    async def drop(self, schedule_id: str) -> None:
        """Forgets it."""
        self._answer()
        self.timed.pop(schedule_id, None)

    async def schedules(self) -> set[str]:
        """The ids of all."""
        self._answer()
        return set(self.timed)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("nobody there")

    def _lose(self) -> None:
        if self.lost:
            raise KeyboardInterrupt

    def _known(self, workflow_id: str) -> None:
        if workflow_id not in self.started:
            raise NotFound("It is over.")
