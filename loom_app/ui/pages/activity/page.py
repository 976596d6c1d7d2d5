"""The activity feed: who did what in the projects one sees, as it happens."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Activity
from loom_app.ui.live import Live


def page() -> rx.Component:
    """Filters and what happened, newest first."""
    return shell.frame(
        "Activity",
        Activity.create(events=Live.window, since=Live.since),
        sub="Who did what, newest first. What somebody did many times at once is one line.",
    )
