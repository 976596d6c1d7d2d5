"""What the page of decisions keeps."""

import reflex as rx

from loom_app.ui.gate import handler
from loom_app.ui.live import reload_on
from loom_app.ui.pages.decisions.rows import DecisionRow, load
from loom_app.ui.runtime import runtime


class DecisionsState(rx.State):
    """The questions that wait and those that were answered."""

    loaded: bool = False
    waiting: list[DecisionRow] = []
    decided: list[DecisionRow] = []
    total: int = 0

    @handler("decisions:read")
    async def load(self) -> None:
        """Both lists."""
        async with runtime().db.read() as tx:
            self.waiting, self.decided, self.total = await load(tx)
        self.loaded = True


reload_on("/decisions", ("decision.",), DecisionsState.load)
