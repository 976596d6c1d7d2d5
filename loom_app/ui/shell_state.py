"""What the frame of every page shows: who is signed in, what they may do, and how Loom is at this moment."""

import reflex as rx

from loom_app.config import Settings
from loom_app.supervisor import status as processes
from loom_app.supervisor.status import ProcessStatus, State
from loom_app.ui.gate import actor, handler
from loom_app.ui.live import EVERYWHERE, reload_on
from loom_app.ui.overview import Pulse, pulse
from loom_app.ui.runtime import runtime


class Shell(rx.State):
    """Small words and numbers only; nothing here is secret."""

    entered: bool = False
    name: str = ""
    is_open: bool = False
    """Whether signing in is switched off."""
    may_write_beads: bool = False
    may_write_projects: bool = False
    may_write_agents: bool = False
    may_write_decisions: bool = False
    may_write_providers: bool = False
    may_administer: bool = False
    may_ask: bool = False
    sees_projects: bool = True
    """False for who has been added to no project."""
    provider_word: str = ""
    provider_tone: str = ""
    agents_word: str = ""
    agents_tone: str = ""
    machine_word: str = ""
    machine_tone: str = ""
    open_decisions: int = 0
    has_demo: bool = False

    @handler("projects:read")
    async def enter(self) -> None:
        """Fills the frame; after changes it is filled again."""
        who = actor()
        self.name, self.is_open = who.name, not runtime().settings.auth.enabled
        self.may_write_beads = who.may("beads:write")
        self.may_write_projects = who.may("projects:write")
        self.may_write_agents = who.may("agents:write")
        self.may_write_decisions = who.may("decisions:write")
        self.may_write_providers = who.may("providers:write")
        self.may_ask = who.may("repl:use")
        self.may_administer = who.may("system:admin")
        self.sees_projects = who.projects is None or bool(who.projects)
        async with runtime().db.read() as tx:
            self._tell(await pulse(tx, who))
        self.machine_word, self.machine_tone = machine(runtime().settings)
        self.entered = True

    @handler("projects:read")
    async def look(self) -> None:
        """Reads the programs' state again: a worker that dies writes no event."""
        self.machine_word, self.machine_tone = machine(runtime().settings)

    def _tell(self, seen: Pulse) -> None:
        self.provider_word, self.provider_tone = seen.provider()
        at_work = "agent" if seen.working == 1 else "agents"
        self.agents_word = f"{seen.working} of {seen.agents} agents at work" if seen.agents else f"No {at_work} yet"
        self.agents_tone = "work" if seen.working else ""
        self.open_decisions, self.has_demo = seen.open_decisions, seen.has_demo


def machine(settings: Settings) -> tuple[str, str]:
    """Whether the programs that carry the work run, in words, and a tone for the dot."""
    return spoken(processes.read(settings.data_dir), settings.temporal.address)


def spoken(found: list[ProcessStatus], elsewhere: str) -> tuple[str, str]:
    """The words for these programs; `elsewhere` is the address of a Temporal of one's own, or empty."""
    states = {process.name: process.state for process in found}
    wanted = ("worker",) if elsewhere else ("temporal", "worker")
    if not states:
        return "Run without the supervisor", ""
    down = [name for name in wanted if states.get(name, State.STOPPED) != State.RUNNING]
    if not down:
        return "Temporal and worker run", "good"
    name = down[0]
    return f"{'Temporal' if name == 'temporal' else 'Worker'} {states.get(name, State.STOPPED)}", "bad"


reload_on(
    EVERYWHERE,
    ("provider.", "agent.", "decision.", "project.created", "project.member_", "user."),
    Shell.enter,
)
