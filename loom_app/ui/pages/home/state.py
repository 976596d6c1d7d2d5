"""What the first page keeps."""

from typing import Any

import reflex as rx

from loom_app.kernel.errors import LoomError
from loom_app.ui.events import Said
from loom_app.ui.gate import actor, handler, told
from loom_app.ui.live import reload_on
from loom_app.ui.pages.home import plan, rows
from loom_app.ui.pages.home.plan import Epic, Holding
from loom_app.ui.pages.home.rows import Counts, LiveRun, Spend, Waiting
from loom_app.ui.runtime import runtime


class HomeState(rx.State):
    """The figures of the overview, and whether this is the first run."""

    loaded: bool = False
    first_run: bool = False
    projects: int = 0
    counts: Counts = Counts()
    runs: list[LiveRun] = []
    epics: list[Epic] = []
    holding: list[Holding] = []
    decisions: list[Waiting] = []
    spend: Spend = Spend()
    events: list[Said] = []
    loading_demo: bool = False

    @handler("beads:read")
    async def load(self) -> None:
        """The overview as it is now."""
        who = actor()
        async with runtime().db.read() as tx:
            registered, working = await rows.providers(tx, who)
            self.projects = await rows.projects(tx, who)
            self.first_run = not registered or (not working and not self.projects)
            self.counts = await rows.counts(tx, who)
            self.runs = await rows.live_runs(tx, who)
            self.epics = await plan.epics(tx, who)
            self.holding = await plan.holding(tx, who)
            self.decisions = await rows.decisions(tx, who)
            self.spend = await rows.spend(tx, who)
            self.events = await rows.latest(tx, who)
        self.loaded = True

    @handler("projects:write", background=True)
    async def load_demo(self) -> Any:
        """Makes the sample project, its team and its model, then shows the board."""
        from loom_app.demo import service as demo

        async with self:
            if self.loading_demo:
                return
            self.loading_demo = True
        using = runtime()
        try:
            await demo.load_demo(using.db, using.vault, using.settings, actor=actor())
        except LoomError as refusal:
            yield told(refusal)
        else:
            yield rx.redirect("/board")
        async with self:
            self.loading_demo = False


reload_on(
    "/", ("bead.", "run.claimed", "run.replied", "run.ended", "decision.", "provider.", "project."), HomeState.load
)
