"""The inbox: what needs somebody first, then what happened, each with its reason."""

import reflex as rx

from loom_app.ui import shell
from loom_app.ui.components.wrapped import Inbox
from loom_app.ui.live import Live
from loom_app.ui.shell_state import Shell


def page() -> rx.Component:
    """Everything one was told."""
    return shell.frame(
        "Inbox",
        Inbox.create(events=Live.window, since=Live.since, may_answer=Shell.may_write_decisions),
        sub="What needs you first, then what happened. Each says why you see it.",
    )
