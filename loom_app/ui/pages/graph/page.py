"""The work graph."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import WorkGraph
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """Beads and what they wait for, drawn or as a list."""
    drawn = WorkGraph.create(events=Live.window, since=Live.since, may_write=Shell.may_write_beads)
    return shell.frame(
        "Graph",
        shell.for_members(drawn),
        sub="What must be done first, and the longest chain of work that is left.",
    )
