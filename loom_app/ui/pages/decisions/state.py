"""What the page of decisions keeps."""

import reflex as rx

from loom_app.ui.gate import actor, handler
from loom_app.ui.live import reload_on
from loom_app.ui.pages.decisions.rows import DecisionRow, load
from loom_app.ui.runtime import runtime


class DecisionsState(rx.State):
    """The questions that wait and those that were answered."""

    loaded: bool = False
    waiting: list[DecisionRow] = []
    decided: list[DecisionRow] = []
    beyond: str = ""
    """That more wait than are shown; empty when all are."""

    @handler("decisions:read")
    async def load(self) -> None:
        """Both lists."""
        async with runtime().db.read() as tx:
            self.waiting, self.decided, total = await load(tx, actor())
        shown = len(self.waiting)
        self.beyond = f"{shown} of {total} are shown." if total > shown else ""
        self.loaded = True


reload_on("/decisions", ("decision.", "project.member_"), DecisionsState.load)
