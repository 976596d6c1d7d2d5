"""The durable workflows: what runs, waits and failed, and the course of each."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Workflows
from loom_app.ui.live import Live


def page() -> rx.Component:
    """The list of workflows."""
    return shell.frame(
        "Workflows",
        Workflows.create(events=Live.window, since=Live.since),
        sub="What goes on by itself, survives every restart, and waits for people.",
    )
