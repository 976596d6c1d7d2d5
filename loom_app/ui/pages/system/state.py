"""What System Status keeps."""

import asyncio
from typing import Any

import reflex as rx

from loom_app.sandbox.confinement import confinement
from loom_app.supervisor import status as processes
from loom_app.supervisor.loom import reachable
from loom_app.ui.gate import actor, handler
from loom_app.ui.live import reload_on
from loom_app.ui.pages.system import rows
from loom_app.ui.pages.system.rows import FaultRow, ProcessRow, ProviderRow, Queue
from loom_app.ui.runtime import runtime
from loom_app.ui.shell_state import Shell


class SystemState(rx.State):
    """Programs, providers, queue and what went wrong last."""

    loaded: bool = False
    processes: list[ProcessRow] = []
    providers: list[ProviderRow] = []
    queue: Queue = Queue()
    faults: list[FaultRow] = []
    confined: bool = True
    confinement: str = ""
    database: str = ""
    events: str = ""
    watching: int = 0
    temporal_ui: str = ""
    temporal_at: str = ""

    @handler("providers:read")
    async def load(self) -> None:
        """Everything on the page."""
        using = runtime()
        async with using.db.read() as tx:
            self.providers = await rows.provider_rows(tx, actor())
            self.queue = await rows.queue(tx, actor())
            self.faults = await rows.faults(tx, actor(), self.providers)
            total, newest = await rows.log_figures(tx, actor())
        self.events = f"{total:,} events kept, the newest is number {newest:,}"
        self.watching = using.tail.readers
        held = await asyncio.to_thread(confinement)
        self.confined, self.confinement = held.kind == "bubblewrap", held.detail
        self._tell_settings()
        self.loaded = True

    @handler("providers:read")
    async def look(self, _: Any = None) -> Any:
        """Reads the programs' state again; a page that is open asks every few seconds."""
        found = processes.read(runtime().settings.data_dir)
        fresh = [rows.process_row(process) for process in found]
        if fresh == self.processes:
            return None
        self.processes = fresh
        return Shell.enter()

    def _tell_settings(self) -> None:
        using = runtime()
        self.processes = [rows.process_row(process) for process in processes.read(using.settings.data_dir)]
        self.database = f"{'SQLite' if using.db.is_sqlite else 'PostgreSQL'}: {_plain(using.db.url)}"
        temporal = using.settings.temporal
        self.temporal_at = temporal.target
        own = not temporal.address
        self.temporal_ui = f"http://{reachable(temporal.host)}:{temporal.ui_port}" if own else ""


def _plain(url: Any) -> str:
    """A database's address without its password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else str(url.render_as_string(hide_password=True))


reload_on("/system", ("provider.", "bead.", "run.claimed", "run.ended", "agent."), SystemState.load)
