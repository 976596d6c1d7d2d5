"""The search."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Search


def page() -> rx.Component:
    """A field, what it finds, and what can be asked."""
    return shell.frame(
        "Search",
        shell.for_members(Search.create()),
        sub="Beads, comments and runs, by what they say and by what they are.",
    )
